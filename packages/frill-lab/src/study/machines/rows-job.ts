/** A range of what a teacher says of windows: a job for a machine, and how it is done there. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { askHere } from '../../corpus/ask-teacher.js';
import { writeWhole } from '../../run/whole-file.js';
import type { JobContext } from '../runner/pool/worker-side.js';
import { placeOf, ROWS_FILE } from './made-files.js';
import { openPacked, packedSourceSchema } from './packed-sources.js';

export const rowsJobSchema = z.object({
  kind: z.literal('rows'),
  name: z.string(),
  needs: z.array(z.string()),
  teacher: packedSourceSchema,
  threads: z.int().positive(),
  /** Recordings by their places, and the parts of them that are clips. */
  clips: z.array(
    z.object({
      place: z.string(),
      span: z.object({ start: z.number(), seconds: z.number() }).optional(),
    }),
  ),
  /** Clip of each row, and its first sample there. */
  rows: z.array(z.tuple([z.int().nonnegative(), z.int().nonnegative()])),
  length: z.int().positive(),
  rounded: z.boolean(),
});

export type RowsJob = z.infer<typeof rowsJobSchema>;

/** The same in a machine's folder. */
export const rowsWorkSchema = rowsJobSchema.extend({ folder: z.string() });

/** Asks the teacher, and leaves `rows/<name>/rows.f32`: little-endian float32, row by row. Throws as `askHere` does. */
export async function makeRows(
  work: z.infer<typeof rowsWorkSchema>,
  { report, signal }: JobContext,
): Promise<{ readonly rows: number }> {
  const { folder, name, clips, rows, length, rounded } = work;
  const path = join(folder, placeOf(name) ?? name, ROWS_FILE);
  if (existsSync(path)) return { rows: rows.length };
  const teacher = await openPacked(work.teacher, folder, work.threads);
  try {
    const windows = {
      clips: clips.map(({ place, span }) => ({
        id: place,
        path: join(folder, ...place.split('/')),
        ...(span ? { span } : {}),
        labels: {},
      })),
      clip: rows.map(([clip]) => clip),
      start: rows.map(([, start]) => start),
      length,
      rounded,
    };
    const values = new Float32Array(rows.length * teacher.dimension);
    let done = 0;
    for await (const group of askHere({ teacher, windows, first: 0, signal })) {
      for (const row of group) values.set(row, teacher.dimension * done++);
      report(done / rows.length, `${done} of ${rows.length} windows`);
    }
    await writeWhole(path, new Uint8Array(values.buffer));
    return { rows: done };
  } finally {
    teacher.close();
  }
}
