/**
 * One declared source as clips with labels. What became of it is kept in `sources/NAME.json`; the manifest is put together
 * from those of all sources, so that a source that is missing, or has changed, costs itself and nothing else.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { lockFolder } from '../../run/lock.js';
import { writeWhole } from '../../run/whole-file.js';
import { type ConvertOptions, convertFiles } from './convert-files.js';
import { openDebianFiles } from './debian-files.js';
import { type Declaration, KINDS } from './declaration.js';
import { type Described, describeFile } from './describe-file.js';
import { openGitFiles } from './git-files.js';
import type { SourceFile, SourceFiles } from './source-files.js';
import { readTable } from './tables.js';
import type { Pairs } from './template.js';

const clip = z.strictObject({
  /** Below the corpus' folder. */
  path: z.string(),
  /** The recording that it is of: pieces of one share it. */
  recording: z.string(),
  licence: z.string(),
  terms: z.enum(['free', 'copyleft']),
  kind: z.enum(KINDS),
  speaker: z.string(),
  language: z.string(),
  label: z.string(),
  sex: z.string().default(''),
  age: z.string().default(''),
  seconds: z.number(),
  sha256: z.string(),
  reserved: z.boolean(),
  alsoKnownAs: z.array(z.string()),
});

const built = z.strictObject({
  name: z.string(),
  files: z.number(),
  /** Files that were not taken, by reason. */
  leftOut: z.record(z.string(), z.number()),
  unreadable: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
  /** Pieces that were left out. */
  silent: z.number(),
  short: z.number(),
  clips: z.array(clip),
});

export type SourceClip = z.infer<typeof clip>;
export type BuiltSource = z.infer<typeof built>;
export const parseBuiltSource = (value: unknown) => built.parse(value);

export interface BuildSourceOptions extends Omit<ConvertOptions, 'name'> {
  /** Clones, as `OWNER/NAME`. */
  readonly repositories: string;
  /** Packages, as `.deb` files. */
  readonly packages: string;
}

/** Where a built source is told of. */
export function builtSourcePath(folder: string, name: string): string {
  return join(folder, 'sources', `${name}.json`);
}

/**
 * Builds a source, or what is missing of it. Throws InputError when the source is not there, has changed or is being built by
 * another process; DiskError; AbortError.
 */
export async function buildSource(
  declaration: Declaration,
  options: BuildSourceOptions,
): Promise<BuiltSource> {
  const { name } = declaration;
  const release = await lockFolder(join(options.folder, 'audio', name));
  const scratch = await mkdtemp(join(tmpdir(), 'frill-corpus-'));
  try {
    const source = await open(declaration.from, options, scratch);
    try {
      const tables = await readTables(declaration, source, options);
      const made = await build(declaration, source, tables, options);
      await writeWhole(builtSourcePath(options.folder, name), JSON.stringify(made));
      return made;
    } finally {
      await source.close();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
    await release();
  }
}

async function open(
  from: Declaration['from'],
  { repositories, packages }: BuildSourceOptions,
  scratch: string,
): Promise<SourceFiles> {
  if ('repository' in from) return openGitFiles(repositories, from);
  await mkdir(scratch, { recursive: true });
  return openDebianFiles(packages, from, scratch);
}

async function readTables(
  { tables }: Declaration,
  source: SourceFiles,
  { repositories }: BuildSourceOptions,
): Promise<Record<string, Pairs>> {
  const read = async ([name, table]: [string, Declaration['tables'][string]]) => {
    if (table.from === undefined) return [name, await readTable(table, source)] as const;
    const other = await openGitFiles(repositories, table.from);
    try {
      return [name, await readTable(table, other)] as const;
    } finally {
      await other.close();
    }
  };
  return Object.fromEntries(await Promise.all(Object.entries(tables).map(read)));
}

async function build(
  declaration: Declaration,
  source: SourceFiles,
  tables: Readonly<Record<string, Pairs>>,
  options: BuildSourceOptions,
): Promise<BuiltSource> {
  const taken: { file: SourceFile; described: Described }[] = [];
  const leftOut: Record<string, number> = {};
  for (const file of source.files) {
    const described = describeFile(declaration, tables, file.path);
    if (described?.taken) taken.push({ file, described });
    else if (described) leftOut[described.because] = (leftOut[described.because] ?? 0) + 1;
  }
  const records = await convertFiles(source, taken, { ...options, name: declaration.name });
  return {
    name: declaration.name,
    files: records.length,
    leftOut,
    unreadable: records.flatMap(({ path, refused }) =>
      refused === undefined ? [] : [{ path, reason: refused }],
    ),
    silent: records.reduce((sum, { silent }) => sum + silent, 0),
    short: records.reduce((sum, { short }) => sum + short, 0),
    clips: records.flatMap(({ path: recording, clips }, index) => {
      const { described } = taken[index];
      const { licence, terms, kind, speaker, language, label, sex, age, reserved, alsoKnownAs } = described;
      return clips.map((clip) => ({
        ...clip,
        recording,
        licence,
        terms,
        kind,
        speaker,
        language,
        label,
        sex,
        age,
        reserved,
        alsoKnownAs: [...alsoKnownAs],
      }));
    }),
  };
}
