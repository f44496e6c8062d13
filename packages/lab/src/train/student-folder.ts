/**
 * A finished student on disk, as the exporter and the study read it:
 *
 *     student.json          configuration, how it was trained and from what, its validation error; written last
 *     weights.safetensors   parameters of the inference network, without the head
 */
import { join } from 'node:path';
import { InputError } from 'frill';
import { z } from 'zod';
import { studentConfigSchema } from '../models/student-config.js';
import { readJsonIfPresent } from '../run/json-file.js';
import { writeWhole } from '../run/whole-file.js';
import { loadSafetensors, saveSafetensors } from '../tensor/safetensors.js';
import type { Weights } from '../tensor/tensor.js';

const studentFileSchema = z.object({
  format: z.literal(1),
  name: z.string(),
  config: studentConfigSchema,
  /** Name of the training, derived from configuration, options, data and seed. */
  training: z.string(),
  /** Options of the training as they were resolved. */
  options: z.record(z.string(), z.json()),
  /** What it learnt from: features, teacher. */
  provenance: z.record(z.string(), z.json()),
  validation: z
    .object({
      /** Mean squared error, in the scale of training. */
      loss: z.number(),
      /** Part of the variance of the teacher's raw values that the student predicts; 1 is perfect. */
      explained: z.number(),
      rows: z.int(),
    })
    .optional(),
});

export type StudentFile = z.infer<typeof studentFileSchema>;

export interface FinishedStudent extends StudentFile {
  readonly weights: Weights;
}

const PATHS = { student: 'student.json', weights: 'weights.safetensors' };

/** Writes a finished student; `student.json` comes last, so that where it is, everything is. */
export async function writeStudent(folder: string, { weights, ...file }: FinishedStudent): Promise<void> {
  await saveSafetensors(join(folder, PATHS.weights), {
    tensors: weights,
    metadata: { name: file.name, training: file.training },
  });
  await writeWhole(join(folder, PATHS.student), `${JSON.stringify(file, null, 2)}\n`);
}

/** Reads a finished student. Throws InputError where there is none, or it is damaged. */
export async function readStudent(folder: string): Promise<FinishedStudent> {
  const found = await findStudent(folder);
  if (found) return found;
  throw new InputError({
    what: 'there is no finished student here',
    where: folder,
    remedy: 'Run `frill distill` with this folder as --out; it goes on where it stopped',
  });
}

/** The same, or undefined where no student is finished. */
export async function findStudent(folder: string): Promise<FinishedStudent | undefined> {
  const path = join(folder, PATHS.student);
  const file = await readJsonIfPresent(path, (value) => studentFileSchema.parse(value), {
    what: 'not the description of a student',
    remedy: 'Remove the folder and distil again',
  });
  if (!file) return undefined;
  const { tensors } = await loadSafetensors(join(folder, PATHS.weights));
  return { ...file, weights: tensors };
}
