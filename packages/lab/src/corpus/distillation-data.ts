/**
 * What a student learns from: the features of training windows, and beside them, row by row, what the teacher says of
 * the same windows. Both lie on disk under names derived from their content: the features serve every teacher, a
 * teacher's targets every student.
 */
import { join } from 'node:path';
import { ModelError } from 'frill';
import { z } from 'zod';
import { contentName } from '../run/content-name.js';
import { lockFolder } from '../run/lock.js';
import { silent } from '../run/progress.js';
import { readClip } from './clip-audio.js';
import { type MatrixReader, openMatrixReader, openMatrixWriter, type Storage } from './matrix-shards.js';
import {
  prepareWindowFeatures,
  type WindowFeatures,
  type WindowOptions,
  windowSamples,
} from './window-features.js';

/** Of a representation, what a teacher needs; see models/representation. */
export interface Teacher {
  readonly name: string;
  /** Equal for equal content; names the targets. */
  readonly identity: string;
  readonly dimension: number;
  /** Embeds mono 16 kHz samples; the first window's row is the target. */
  embed(samples16k: Float32Array): Promise<{ readonly count: number; readonly data: Float32Array }>;
}

export interface DistillationOptions extends WindowOptions {
  readonly teacher: Teacher;
  /** float16 halves the disk that wide targets need, at 11 bits of precision. */
  readonly targetStorage?: Storage;
}

export interface DistillationData extends WindowFeatures {
  /** [rows, dimension of the teacher], aligned with `features`. */
  readonly targets: MatrixReader;
}

const cursorSchema = z.object({ next: z.int() });

/**
 * Opens features and targets, computing what is missing; a stopped run goes on where it was. Clips that cannot be read
 * are in `skipped`, and said as they are met. Throws ModelError when the teacher's output does not fit.
 */
export async function prepareDistillation(options: DistillationOptions): Promise<DistillationData> {
  const { targetStorage = 'float32' } = options;
  const data = await prepareWindowFeatures(options);
  try {
    const targets = await openTargets(data, { ...options, targetStorage });
    return {
      ...data,
      targets,
      close: async () => {
        await targets.close();
        await data.close();
      },
    };
  } catch (error) {
    await data.close();
    throw error;
  }
}

async function openTargets(
  data: WindowFeatures,
  options: DistillationOptions & { readonly targetStorage: Storage },
): Promise<MatrixReader> {
  const { teacher, folder, targetStorage } = options;
  const { identity, dimension } = teacher;
  const name = contentName({ features: data.name, identity, dimension, targetStorage });
  const home = join(folder, `targets-${name}`);
  const existing = await openMatrixReader(home).catch(() => undefined);
  if (existing !== undefined) return existing;
  const release = await lockFolder(home);
  try {
    await computeTargets(home, data, options);
  } finally {
    await release();
  }
  return openMatrixReader(home);
}

async function computeTargets(
  home: string,
  { windows, clips, name }: WindowFeatures,
  {
    teacher,
    frontend,
    targetStorage,
    progress = silent,
    signal,
  }: DistillationOptions & { readonly targetStorage: Storage },
): Promise<void> {
  const { dimension } = teacher;
  const writer = await openMatrixWriter(home, {
    width: dimension,
    storage: targetStorage,
    about: { features: name, teacher: teacher.name, identity: teacher.identity },
  });
  const rows = windows.clip.length;
  let next = writer.cursor === undefined ? 0 : cursorSchema.parse(writer.cursor).next;
  if (next > 0) progress.say(`targets: going on after ${next} of ${rows} windows`);
  const step = progress.start(`targets of ${teacher.name}`, rows, 'windows');
  const length = windowSamples(frontend);
  let held: { clip: number; samples: Float32Array } | undefined;
  try {
    for (; next < rows; next++) {
      signal?.throwIfAborted();
      const clip = windows.clip[next];
      if (held?.clip !== clip) held = { clip, samples: await readClip(clips[clip]) };
      const start = windows.start[next];
      const { count, data } = await teacher.embed(held.samples.slice(start, start + length));
      if (count !== 1 || data.length !== dimension || !data.every(Number.isFinite))
        throw new ModelError({
          what:
            count === 1 && data.length === dimension
              ? 'the teacher gives values that are not finite'
              : `the teacher gives ${count} rows and ${data.length} values for one window, not 1 and ${dimension}`,
          where: `${teacher.name}, window at sample ${start} of ${clips[clip].path}`,
          remedy: 'A teacher must give one finite vector a window',
        });
      await writer.append(data, { next: next + 1 });
      step.advance(next + 1);
    }
    await writer.finish();
    step.finish();
  } catch (error) {
    if (signal?.aborted) await writer.flush();
    throw error;
  }
}
