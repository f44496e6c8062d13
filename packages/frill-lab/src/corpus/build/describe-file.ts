/** What a declaration says of one file: its labels, or why it is not taken. */
import { createHash } from 'node:crypto';
import { basename, extname } from 'node:path';
import { whichSide } from '../layouts/speech-commands.js';
import type { Declaration, FileCondition, Kind, Rule } from './declaration.js';
import { personOf } from './known-speakers.js';
import type { Pairs } from './template.js';
import { fill } from './template.js';
import { type Terms, termsOf } from './terms.js';

export interface Described {
  readonly taken: true;
  readonly rule: Rule;
  readonly kind: Kind;
  readonly speaker: string;
  /** ISO 639 code without region; empty where nothing is spoken, or it is not known what. */
  readonly language: string;
  readonly label: string;
  /** Sex of the speaker, female or male; empty where it is not known, as is the age. */
  readonly sex: string;
  readonly age: string;
  readonly licence: string;
  readonly terms: Terms;
  readonly reserved: boolean;
  /** What tasks' corpora would call the speaker, as `corpus/column/value`. */
  readonly alsoKnownAs: readonly string[];
}

export interface LeftOut {
  readonly taken: false;
  readonly because: string;
}

/** Undefined for files that no rule mentions. */
export function describeFile(
  { name, licence, licences, languages, rules, leaveOut, reserve, speakersOf }: Declaration,
  tables: Readonly<Record<string, Pairs>>,
  path: string,
): Described | LeftOut | undefined {
  for (const rule of rules) {
    const found = new RegExp(rule.match, 'u').exec(path);
    if (!found) continue;
    if (rule.leaveOut !== undefined) return { taken: false, because: rule.leaveOut };
    const stem = basename(path, extname(path));
    const names = { ...found.groups, path, stem, file: basename(path) };
    const filled = (template: string) => fill(template, names, tables).trim();
    const failed = leaveOut.find((condition) => holds(condition, filled));
    if (failed) return { taken: false, because: failed.because };
    const stated = filled(rule.licence ?? licence);
    const identifier = licences.find(([said]) => new RegExp(said, 'u').test(stated))?.[1] ?? stated;
    const terms = termsOf(identifier);
    if (terms === undefined)
      return {
        taken: false,
        because: identifier === '' ? 'no licence is stated' : `the licence is '${identifier}'`,
      };
    const code = filled(rule.language);
    const speaker = filled(rule.speaker);
    return {
      taken: true,
      rule,
      kind: rule.kind,
      speaker: speaker === '' ? '' : `${name}/${speaker}`,
      language: languages[code] ?? code.split(/[_@-]/)[0],
      label: filled(rule.label),
      sex: filled(rule.sex),
      age: filled(rule.age),
      licence: identifier,
      terms,
      reserved: reserve !== undefined && percentile(filled(reserve.md5Of)) < reserve.percentBelow,
      alsoKnownAs: speakersOf.map(({ corpus, column, is }) => personOf(corpus, column, filled(is))),
    };
  }
  return undefined;
}

function holds(condition: FileCondition, filled: (template: string) => string): boolean {
  if ('md5Of' in condition) return percentile(filled(condition.md5Of)) < condition.percentBelow;
  if ('speechCommandsSide' in condition)
    return condition.among.includes(whichSide(filled(condition.speechCommandsSide)));
  if ('among' in condition) return condition.among.includes(filled(condition.value));
  return !condition.notAmong.includes(filled(condition.value));
}

/** 0 to 99, from the MD5 of a text: an even draw that everybody repeats. */
export function percentile(text: string): number {
  const digest = createHash('md5').update(text).digest('hex');
  return Number(BigInt(`0x${digest}`) % 100n);
}
