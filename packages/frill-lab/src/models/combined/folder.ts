/**
 * A combined teacher on disk, which is taken wherever a model file is:
 *
 *     teacher.onnx     the whole, front ends included, from samples [N, 15600] to the embedding; written first
 *     combined.json    recipe, what it was fitted on, name of the content; where it is, everything is
 */
import { join } from 'node:path';
import { z } from 'zod';
import { readJsonIfPresent } from '../../run/json-file.js';
import { writeWhole } from '../../run/whole-file.js';
import { teacherRecipeSchema } from './recipe.js';

const combinedSchema = z.object({
  format: z.literal(1),
  kind: z.literal('combined-teacher'),
  recipe: teacherRecipeSchema,
  dimension: z.int().positive(),
  /** Hash of the bytes of teacher.onnx. */
  content: z.string(),
  fitted: z.object({ windows: z.int(), clips: z.int(), seed: z.string(), features: z.string() }),
});

export type CombinedTeacher = z.infer<typeof combinedSchema>;

const FILE = 'combined.json';
const NETWORK = 'teacher.onnx';

/** Path of the network of a combined teacher's folder; undefined where there is none. Throws InputError where it is damaged. */
export async function findCombined(folder: string): Promise<string | undefined> {
  const found = await readJsonIfPresent(join(folder, FILE), (value) => combinedSchema.parse(value), {
    what: 'not the description of a combined teacher',
    remedy: 'Remove the folder and combine again',
  });
  return found && join(folder, NETWORK);
}

export async function writeCombined(
  folder: string,
  network: Uint8Array,
  combined: CombinedTeacher,
): Promise<void> {
  await writeWhole(join(folder, NETWORK), network);
  await writeWhole(join(folder, FILE), `${JSON.stringify(combined, null, 2)}\n`);
}
