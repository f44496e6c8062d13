/**
 * A finished teacher on disk:
 *
 *     teacher.json          configuration, how it was trained and from what, its validation; written last
 *     weights.safetensors   all parameters
 */
import { join } from 'node:path';
import { InputError } from 'frill';
import { z } from 'zod';
import { trillConfigSchema } from '../models/trill.js';
import { readJsonIfPresent } from '../run/json-file.js';
import { writeWhole } from '../run/whole-file.js';
import { loadSafetensors, saveSafetensors } from '../tensor/safetensors.js';
import type { Weights } from '../tensor/tensor.js';

const teacherFileSchema = z.object({
  format: z.literal(1),
  name: z.string(),
  config: trillConfigSchema,
  /** Name of the training, derived from configuration, options, data and seed. */
  training: z.string(),
  options: z.record(z.string(), z.json()),
  provenance: z.record(z.string(), z.json()),
  validation: z
    .object({
      /** Triplet loss on pairs of held-out clips. */
      loss: z.number(),
      /** Share of the windows whose nearest other window in the batch is the one of the same clip. */
      retrieval: z.number(),
      /** The same before the first step. */
      untrainedRetrieval: z.number(),
      windows: z.int(),
    })
    .optional(),
});

export type TeacherFile = z.infer<typeof teacherFileSchema>;

export interface FinishedTeacher extends TeacherFile {
  readonly weights: Weights;
}

const PATHS = { teacher: 'teacher.json', weights: 'weights.safetensors' };

/** Writes a finished teacher; `teacher.json` comes last, so that where it is, everything is. */
export async function writeTeacher(folder: string, { weights, ...file }: FinishedTeacher): Promise<void> {
  await saveSafetensors(join(folder, PATHS.weights), {
    tensors: weights,
    metadata: { name: file.name, training: file.training },
  });
  await writeWhole(join(folder, PATHS.teacher), `${JSON.stringify(file, null, 2)}\n`);
}

/** Reads a finished teacher. Throws InputError where there is none, or it is damaged. */
export async function readTeacher(folder: string): Promise<FinishedTeacher> {
  const found = await findTeacher(folder);
  if (found) return found;
  throw new InputError({
    what: 'there is no finished teacher here',
    where: folder,
    remedy: 'Run `frill teacher train` with this folder as --out, or name a .tflite or .onnx file',
  });
}

/** The teacher of a folder, or undefined where none is finished. Throws InputError where it is damaged. */
export async function findTeacher(folder: string): Promise<FinishedTeacher | undefined> {
  const path = join(folder, PATHS.teacher);
  const file = await readJsonIfPresent(path, (value) => teacherFileSchema.parse(value), {
    what: 'not the description of a teacher',
    remedy: 'Remove the folder and train again',
  });
  if (!file) return undefined;
  const { tensors } = await loadSafetensors(join(folder, PATHS.weights));
  return { ...file, weights: tensors };
}
