/**
 * What a student learns from: the features of training windows, and beside them, row by row, what the teacher says of
 * the same windows. Both lie on disk under names derived from their content: the features serve every teacher, a
 * teacher's targets every student.
 */
import { join } from 'node:path';
import { windowSamples } from 'frill-audio/internals';
import { z } from 'zod';
import { contentName } from '../run/content-name.js';
import { lockFolder } from '../run/lock.js';
import { silent } from '../run/progress.js';
import { type AskTeacher, askHere } from './ask-teacher.js';
import { type MatrixReader, openMatrixReader, openMatrixWriter, type Storage } from './matrix-shards.js';
import type { Teacher } from './teacher-values.js';
import {
  openWindowFeatures,
  prepareWindowFeatures,
  type WindowFeatures,
  type WindowOptions,
} from './window-features.js';

export interface DistillationDataOptions extends WindowOptions {
  readonly teacher: Teacher;
  /** float16 halves the disk that wide targets need, at 11 bits of precision. */
  readonly targetStorage?: Storage;
  /** Who asks the teacher; this process by default. */
  readonly ask?: AskTeacher | undefined;
}

export interface DistillationData extends WindowFeatures {
  /** [rows, dimension of the teacher], aligned with `features`. */
  readonly targets: MatrixReader;
  /** What `openDistillation` finds both by. */
  readonly prepared: PreparedNames;
}

/** Features and targets that are on disk, by the names of their content. */
export const preparedNamesSchema = z.object({ features: z.string(), targets: z.string() });

export type PreparedNames = z.infer<typeof preparedNamesSchema>;

const cursorSchema = z.object({ next: z.int() });

/**
 * Opens features and targets, computing what is missing; a stopped run goes on where it was. Clips that cannot be read
 * are in `skipped`, and said as they are met. Throws ModelError when the teacher's output does not fit.
 */
export async function prepareDistillation(options: DistillationDataOptions): Promise<DistillationData> {
  const { targetStorage = 'float32' } = options;
  const data = await prepareWindowFeatures(options);
  try {
    return withTargets(data, await prepareTargets(data, { ...options, targetStorage }), options.folder);
  } catch (error) {
    await data.close();
    throw error;
  }
}

/**
 * Opens features and targets that `prepareDistillation` has computed, here or elsewhere: neither the recordings nor the teacher are
 * needed. Throws InputError where they are not in the folder.
 */
export async function openDistillation(
  names: PreparedNames,
  options: WindowOptions,
): Promise<DistillationData> {
  const data = await openWindowFeatures(names.features, options);
  return withTargets(data, names.targets, options.folder);
}

async function withTargets(data: WindowFeatures, name: string, folder: string): Promise<DistillationData> {
  const targets = await openMatrixReader(targetsFolder(folder, name));
  return {
    ...data,
    targets,
    prepared: { features: data.name, targets: name },
    close: async () => {
      await targets.close();
      await data.close();
    },
  };
}

/** Where the targets of a name lie. */
export function targetsFolder(folder: string, name: string): string {
  return join(folder, `targets-${name}`);
}

/** Computes targets where they are missing, and returns their name. */
async function prepareTargets(
  data: WindowFeatures,
  options: DistillationDataOptions & { readonly targetStorage: Storage },
): Promise<string> {
  const { teacher, folder, targetStorage } = options;
  const { identity, dimension } = teacher;
  const name = contentName({ features: data.name, identity, dimension, targetStorage });
  const home = targetsFolder(folder, name);
  const existing = await openMatrixReader(home).catch(() => undefined);
  await existing?.close();
  if (existing !== undefined) return name;
  const release = await lockFolder(home);
  try {
    await computeTargets(home, data, options);
  } finally {
    await release();
  }
  return name;
}

async function computeTargets(
  home: string,
  { windows, clips, name }: WindowFeatures,
  {
    teacher,
    frontend,
    targetStorage,
    ask = askHere,
    progress = silent,
    signal,
  }: DistillationDataOptions & { readonly targetStorage: Storage },
): Promise<void> {
  const { dimension } = teacher;
  const writer = await openMatrixWriter(home, {
    width: dimension,
    storage: targetStorage,
    about: { features: name, teacher: teacher.name, identity: teacher.identity },
  });
  const rows = windows.clip.length;
  let next = writer.cursor === undefined ? 0 : cursorSchema.parse(writer.cursor).next;
  if (next > 0) progress.say(`targets: resuming after ${next} of ${rows} windows`);
  const step = progress.start(`targets of ${teacher.name}`, rows, 'windows');
  const length = windowSamples(frontend.parameters);
  const asking = {
    teacher,
    windows: { clips, ...windows, length, rounded: false },
    first: next,
    kept: () => writer.rows,
    signal,
  };
  try {
    for await (const group of ask(asking)) {
      for (const data of group) {
        next++;
        await writer.append(data, { next });
      }
      step.advance(next);
    }
    await writer.finish();
    step.finish();
  } catch (error) {
    if (signal?.aborted) await writer.flush();
    throw error;
  }
}
