/** The lists of `frill-models`, by which released models are found. */
import { join } from 'node:path';
import { releasedListSchema } from '../models/released-list.js';
import { readJsonIfPresent } from '../run/json-file.js';
import { writeWhole } from '../run/whole-file.js';
import { studentFolders } from '../train/student-folder.js';
import type { ReleasedFile } from './exported-files.js';

export interface CatalogueEntry {
  readonly name: string;
  readonly version: number;
  /** The first is what the name loads. */
  readonly files: readonly ReleasedFile[];
}

/** The name and version that a training was released as, by the record beside its weights; undefined where it was not. */
export async function releasedAs(
  models: string,
  training: string,
): Promise<Pick<CatalogueEntry, 'name' | 'version'> | undefined> {
  const list = (await readJsonIfPresent(join(models, 'models.json'), parseList, NO_LIST)) ?? [];
  for (const { name, version } of list) {
    const student = await studentFolders.find(join(models, name));
    if (student?.training === training) return { name, version };
  }
  return undefined;
}

const parseList = (value: unknown) => releasedListSchema.parse(value);
const NO_LIST = {
  what: 'not a list of released models',
  remedy: 'Give the folder of the package frill-models with --out',
};

/** Puts a model into the lists of `frill-models`, in the place of an earlier version. */
export async function addToCatalogue(models: string, entry: CatalogueEntry): Promise<void> {
  const path = join(models, 'models.json');
  const earlier = (await readJsonIfPresent(path, parseList, NO_LIST)) ?? [];
  const isNew = earlier.every(({ name }) => name !== entry.name);
  const list = isNew
    ? [...earlier, entry]
    : earlier.map((before) => (before.name === entry.name ? entry : before));
  await writeWhole(path, `${JSON.stringify(list, null, 2)}\n`);
  await writeWhole(join(models, 'index.js'), listModule(list));
}

/** Addresses are spelt out one by one, as bundlers need them. */
function listModule(list: readonly CatalogueEntry[]): string {
  const entries = list.map(
    ({ name, version, files: [{ file, sha256 }] }) => `  {
    name: '${name}',
    version: ${version},
    sha256: '${sha256}',
    file: new URL('./${name}/${file}', import.meta.url),
  },
`,
  );
  return `/** The released models, for frill-audio to find by name; written by \`frill release pack\`. */
export const MODELS = [
${entries.join('')}];

globalThis[Symbol.for('frill-models')] = MODELS;
`;
}
