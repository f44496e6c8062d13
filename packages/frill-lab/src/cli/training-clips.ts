/** The clips that `--corpus` and `--tasks` name, for the commands that train. */
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { walkAudio } from '../corpus/audio-files.js';
import type { Clip } from '../corpus/corpus.js';
import { readManifest } from '../corpus/manifest.js';
import { loadTasks, withheldClips } from '../corpus/tasks.js';
import type { Where } from '../corpus/tasks-file.js';
import { UsageError } from './command.js';
import type { Console } from './console.js';

/** Options of every command that trains. */
export const clipSources = {
  corpus: z
    .array(z.string())
    .optional()
    .describe(
      'Folders of recordings, or manifests. In a folder, tasks.json, metadata.csv or manifest.csv is read if there is one.',
    ),
  tasks: z.array(z.string()).optional().describe('Tasks files. Clips that their tasks test on are left out.'),
  where: z
    .array(z.string())
    .optional()
    .describe(
      'Take only these rows of manifests, for example: split=train,noise-train terms=free. A value with ! before it is left out.',
    ),
  strict: z
    .boolean()
    .default(false)
    .describe('Stop at the first clip that cannot be read instead of skipping it.'),
};

/**
 * All clips, unlabelled, each once. What the tasks of tasks files are tested on is left out, whichever source has it. Throws UsageError
 * for none.
 */
export async function trainingClips(
  { corpus = [], tasks = [], where = [], strict }: z.infer<z.ZodObject<typeof clipSources>>,
  { progress }: Console,
): Promise<Clip[]> {
  const clips = new Map<string, Clip>();
  const tested = new Map<string, readonly Clip[]>();
  const wanted = Object.fromEntries(where.map(parseColumn));
  for (const source of [...tasks, ...corpus].map(locate)) {
    const { clips: found, withheld } = await read(source, { strict, where: wanted }, progress.say);
    for (const clip of found) clips.set(`${clip.path} ${clip.span?.start ?? ''}`, clip);
    for (const clip of withheld) tested.set(clip.path, [...(tested.get(clip.path) ?? []), clip]);
  }
  const allowed = [...clips.values()].filter(
    (clip) => !tested.get(clip.path)?.some((other) => overlap(clip, other)),
  );
  if (allowed.length < clips.size)
    progress.say(`${clips.size - allowed.length} clips are left out, because tasks test on them`);
  if (allowed.length > 0) return allowed;
  throw new UsageError({
    what: 'there is no audio to train on',
    where: '--corpus or --tasks',
    remedy: 'Name recordings, or make some with `frill corpus make --out corpus` and give --corpus corpus',
  });
}

/** Whether two clips of one file have sound in common. */
function overlap({ span: one }: Clip, { span: other }: Clip): boolean {
  if (!one || !other) return true;
  return one.start < other.start + other.seconds && other.start < one.start + one.seconds;
}

const DESCRIPTIONS = ['tasks.json', 'metadata.csv', 'manifest.csv'];

/** The file that describes a folder's clips, or the folder itself where there is none. */
function locate(source: string): string {
  if (!existsSync(source))
    throw new UsageError({ what: 'no such file or folder', where: source, remedy: 'Check the path' });
  if (!statSync(source).isDirectory()) return source;
  return DESCRIPTIONS.map((name) => join(source, name)).find(existsSync) ?? source;
}

/** `COLUMN=VALUE,VALUE`; a value with ! before it is left out. */
export function parseColumn(text: string): [column: string, values: string[]] {
  const [, column, values] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (column !== undefined && values !== undefined) return [column, values.split(',')];
  throw new UsageError({
    what: 'this is not a column with values',
    where: `--where ${text}`,
    remedy: 'Write COLUMN=VALUE or COLUMN=VALUE,VALUE',
  });
}

async function read(
  file: string,
  { strict, where }: { readonly strict: boolean; readonly where: Where },
  say: (line: string) => void,
): Promise<{ readonly clips: readonly Clip[]; readonly withheld: readonly Clip[] }> {
  if (statSync(file).isDirectory()) return { clips: await recordingsOf(file, say), withheld: [] };
  if (file.endsWith('.json')) {
    const tasks = await loadTasks(file, { strict });
    for (const warning of tasks.warnings) say(warning);
    return { clips: tasks.distillation, withheld: withheldClips(tasks) };
  }
  const { corpus, problems } = await readManifest(file, { strict, where });
  for (const { line, path, reason } of problems) say(`${file}, line ${line}: ${path} is left out: ${reason}`);
  return { clips: corpus.clips, withheld: [] };
}

/** Every audio file of a folder without a description. Throws UsageError where there is none. */
async function recordingsOf(folder: string, say: (line: string) => void): Promise<Clip[]> {
  const { files, passedOver } = await walkAudio(folder);
  if (passedOver.length > 0) say(`passed over in ${folder}: ${passedOver.join(', ')}`);
  if (files.length > 0) return files.map((id) => ({ id, path: resolve(folder, id), labels: {} }));
  throw new UsageError({
    what: `the folder holds no audio, and none of ${DESCRIPTIONS.join(', ')}`,
    where: folder,
    remedy: 'Give a folder with recordings, or a manifest',
  });
}
