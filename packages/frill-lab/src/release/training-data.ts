/** What a released model learnt from, added up from the manifest of its training, for its card and its NOTICE. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from 'frill-audio';
import { z } from 'zod';
import { readManifest } from '../corpus/manifest.js';
import type { Where } from '../corpus/tasks-file.js';

/** Clips of one source under one licence. */
export interface SourceShare {
  readonly source: string;
  readonly licence: string;
  readonly clips: number;
  readonly hours: number;
  /** Speakers that have a name; clips without one are of unknown many. */
  readonly speakers: number;
  readonly languages: readonly string[];
}

/**
 * The rows of a manifest that were trained on, by source and licence, longest first. Needs the columns source, licence, seconds; uses
 * speaker and language. Throws InputError where a row does not say its source, its licence or its length.
 */
export async function trainingShares(manifest: string, where: Where): Promise<SourceShare[]> {
  const { corpus } = await readManifest(manifest, {
    where,
    required: ['source', 'licence', 'seconds'],
    strict: true,
  });
  const groups = new Map<
    string,
    { clips: number; seconds: number; speakers: Set<string>; languages: Set<string> }
  >();
  for (const { id, labels } of corpus.clips) {
    const { source, licence, speaker = '', language = '' } = labels;
    const seconds = Number(labels.seconds);
    if (!(seconds >= 0))
      throw new InputError({
        what: `${id} is '${labels.seconds}' seconds long`,
        where: manifest,
        remedy: 'Correct the row',
      });
    const key = JSON.stringify([source, licence]);
    const group = groups.get(key) ?? { clips: 0, seconds: 0, speakers: new Set(), languages: new Set() };
    groups.set(key, group);
    group.clips++;
    group.seconds += seconds;
    if (speaker !== '') group.speakers.add(speaker);
    if (language !== '') group.languages.add(language);
  }
  return [...groups]
    .map(([key, { clips, seconds, speakers, languages }]): SourceShare => {
      const [source, licence]: [string, string] = JSON.parse(key);
      return {
        source,
        licence,
        clips,
        hours: seconds / 3600,
        speakers: speakers.size,
        languages: [...languages].sort(),
      };
    })
    .sort((a, b) => b.hours - a.hours);
}

/** Whom to name for a source of data or a network. */
export interface Attribution {
  readonly name: string;
  /** What it is, and whose. */
  readonly about: string;
  /** Where it comes from. */
  readonly from: string;
  readonly licence?: string | undefined;
}

const declarationSchema = z.object({
  name: z.string(),
  about: z.string(),
  from: z.record(z.string(), z.unknown()),
});

/** What the declarations of a training corpus (`examples/training-corpus/sources`) say of their sources. */
export async function declaredSources(folder: string): Promise<Attribution[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort();
  return Promise.all(
    files.map(async (file) => {
      const { name, about, from } = await readDeclaration(join(folder, file), declarationSchema);
      const origin = Object.entries(from).map(
        ([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
      );
      return { name, about, from: origin.join(', ') };
    }),
  );
}

const networksSchema = z.array(
  z.object({ name: z.string(), about: z.string(), from: z.string(), licence: z.string() }),
);

/** The networks that a teacher was made of: a JSON list of `name`, `about`, `from`, `licence`. */
export function declaredNetworks(file: string): Promise<Attribution[]> {
  return readDeclaration(file, networksSchema);
}

async function readDeclaration<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new InputError({
      what: 'does not say what to name',
      where: path,
      remedy: 'Give JSON with name, about, from (and licence) as examples/release has it',
      cause,
    });
  }
}
