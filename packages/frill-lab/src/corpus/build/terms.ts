/** What a licence allows for a model trained on a recording. Only licences listed here let a clip into a corpus. */

/** `free`: weights may be published, with attribution where asked for. `copyleft`: GPL and kin, marked so that a release can do without. */
export type Terms = 'free' | 'copyleft';

const FREE = [
  /^CC0-1\.0$/,
  /^public domain$/,
  /^CC-BY-[1-4]\.\d$/,
  /^CC-BY-SA-[1-4]\.\d$/,
  /^CC-BY$/,
  /^CC-BY-SA$/,
  /^MIT$/,
  /^BSD-[23]-Clause$/,
  /^Apache-2\.0$/,
];
const COPYLEFT = [/^L?GPL-[123]\.[01](-only|-or-later)?$/, /^GPL$/];

/** Undefined for a licence that is not known to allow it: research only, non-commercial, not stated. */
export function termsOf(licence: string): Terms | undefined {
  if (FREE.some((known) => known.test(licence))) return 'free';
  if (COPYLEFT.some((known) => known.test(licence))) return 'copyleft';
  return undefined;
}
