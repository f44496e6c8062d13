/** The clips that `--corpus` and `--tasks` name, for the commands that train. */
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { walkAudio } from '../corpus/audio-files.js';
import type { Clip } from '../corpus/corpus.js';
import { readManifest } from '../corpus/manifest.js';
import { loadTasks } from '../corpus/tasks.js';
import { UsageError } from './command.js';
import type { Console } from './console.js';

/** Options of every command that trains. */
export const clipSources = {
  corpus: z
    .array(z.string())
    .optional()
    .describe('folders of recordings (by metadata.csv or tasks.json where there is one), or manifests'),
  tasks: z.array(z.string()).optional().describe('tasks files; clips that their tasks test on are left out'),
  strict: z.boolean().default(false).describe('fail at the first clip that cannot be read'),
};

/** All clips, unlabelled, each once. Tasks files leave out what their tasks are tested on. Throws UsageError for none. */
export async function trainingClips(
  { corpus = [], tasks = [], strict }: z.infer<z.ZodObject<typeof clipSources>>,
  { progress }: Console,
): Promise<Clip[]> {
  const clips = new Map<string, Clip>();
  for (const source of [...tasks, ...corpus].map(locate)) {
    const found = await read(source, strict, progress.say);
    for (const clip of found) clips.set(`${clip.path} ${clip.span?.start ?? ''}`, clip);
  }
  if (clips.size > 0) return [...clips.values()];
  throw new UsageError({
    what: 'no audio to train on',
    where: '--corpus or --tasks',
    remedy: 'Make some with `frill corpus make --out corpus`, and give --corpus corpus',
  });
}

/** The file that describes a folder's clips; the folder itself where none does: no labels are needed. */
function locate(source: string): string {
  if (!existsSync(source))
    throw new UsageError({ what: 'no such file or folder', where: source, remedy: 'Check the path' });
  if (!statSync(source).isDirectory()) return source;
  return ['tasks.json', 'metadata.csv'].map((name) => join(source, name)).find(existsSync) ?? source;
}

/** Every recording below a folder. */
async function recordings(folder: string, say: (line: string) => void): Promise<Clip[]> {
  const { files, passedOver } = await walkAudio(folder);
  if (passedOver.length > 0) say(`passed over in ${folder}: ${passedOver.join(', ')}`);
  return files.map((below) => ({ id: below, path: resolve(folder, below), labels: {} }));
}

async function read(file: string, strict: boolean, say: (line: string) => void): Promise<readonly Clip[]> {
  if (statSync(file).isDirectory()) return recordings(file, say);
  if (file.endsWith('.json')) {
    const { distillation, warnings } = await loadTasks(file, { strict });
    for (const warning of warnings) say(warning);
    return distillation;
  }
  const { corpus, problems } = await readManifest(file, { strict });
  for (const { line, path, reason } of problems) say(`${file}, line ${line}: ${path} skipped: ${reason}`);
  return corpus.clips;
}
