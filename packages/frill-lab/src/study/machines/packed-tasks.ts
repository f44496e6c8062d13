/**
 * A study's tasks as they travel: every clip with its labels and its side of the split, its recording under the hash of its content.
 * Ids stay, so that whatever is drawn or ordered by them comes out as on the study's own machine.
 */
import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { Clip } from '../../corpus/corpus.js';
import type { Tasks } from '../../corpus/tasks.js';
import { writeWhole } from '../../run/whole-file.js';
import { type PackedFile, packFile } from './parcel.js';

/** The file's name, in the run's folder and in a machine's. */
export const TASKS_PLACE = 'tasks.packed.json';

export function isPacked(tasksFile: string): boolean {
  return basename(tasksFile) === TASKS_PLACE;
}

/** Writes the tasks into `folder`; returns that file and the recordings that they judge by. */
export async function packTasks(
  tasks: Pick<Tasks, 'tasks' | 'distillation'>,
  folder: string,
): Promise<PackedFile[]> {
  const recordings = new Map<string, PackedFile>();
  for (const path of new Set(tasks.tasks.flatMap(({ clips }) => clips.map((clip) => clip.path)))) {
    const packed = await packFile(path, '');
    recordings.set(path, { ...packed, place: `audio/${packed.hash}${extname(path)}` });
  }
  // What is learnt from travels as features; only its ids are needed.
  const placed = (clip: Clip): Clip => ({ ...clip, path: recordings.get(clip.path)?.place ?? '' });
  const travelling: Tasks = {
    corpora: [],
    warnings: [],
    tasks: tasks.tasks.map((task) => ({ ...task, clips: task.clips.map(placed) })),
    distillation: tasks.distillation.map(placed),
  };
  const path = join(folder, TASKS_PLACE);
  await writeWhole(path, JSON.stringify(travelling));
  return [await packFile(path, TASKS_PLACE), ...recordings.values()];
}

/** The tasks that `packTasks` wrote; their recordings lie beside the file. */
export async function readPackedTasks(path: string): Promise<Tasks> {
  // Written by this version on another machine, and arrived with its hash.
  const tasks: Tasks = JSON.parse(await readFile(path, 'utf8'));
  const found = (clip: Clip): Clip => ({ ...clip, path: join(dirname(path), clip.path) });
  return {
    ...tasks,
    tasks: tasks.tasks.map((task) => ({ ...task, clips: task.clips.map(found) })),
    distillation: tasks.distillation.map(found),
  };
}
