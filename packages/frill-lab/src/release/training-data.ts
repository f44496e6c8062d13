/** What a released model learnt from, added up from the manifest of its training, for its card and its NOTICE. */
import { InputError } from 'frill-audio';
import { z } from 'zod';
import { readDeclarations } from '../corpus/build/declaration.js';
import { readManifest } from '../corpus/manifest.js';
import type { Where } from '../corpus/tasks-file.js';
import { readWrittenJson } from '../text/written-json.js';

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

/** What the declarations of a training corpus (`examples/training-corpus/sources`) say of their sources. */
export async function declaredSources(folder: string): Promise<Attribution[]> {
  const declarations = await readDeclarations(folder);
  return declarations.map(({ name, about, from }) => {
    const origin = Object.entries(from).map(([key, value]) => `${key} ${value}`);
    return { name, about, from: origin.join(', ') };
  });
}

const networksSchema = z.array(
  z.object({ name: z.string(), about: z.string(), from: z.string(), licence: z.string() }),
);

/** The networks that a teacher was made of: a JSON list of `name`, `about`, `from`, `licence`. */
export function declaredNetworks(file: string): Promise<Attribution[]> {
  return readWrittenJson(
    file,
    networksSchema,
    'A complete example is examples/release/networks.json in the repository of Frill',
  );
}
