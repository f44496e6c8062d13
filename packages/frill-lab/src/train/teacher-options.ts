/** How a teacher is trained. Everything here decides the result and is recorded with it. */
import { z } from 'zod';
import { learningRateSchema } from './schedules.js';

export const teacherOptionsSchema = z.object({
  /** Optimiser steps. */
  steps: z.int().positive(),
  /** Clips a step; two windows come from each. */
  clips: z.int().min(2).default(24),
  learningRate: learningRateSchema.prefault({ kind: 'warmup-cosine', rate: 1e-3, warmup: 20, floor: 0.02 }),
  seed: z.string().default('0'),
  /** Longest time between the two windows of a pair, in seconds; the origin of the method allows 10. */
  closeness: z.number().positive().default(10),
  /** Steps from one record of the loss to the next; `validateEvery` and `checkpointEvery` are in steps too. */
  recordEvery: z.int().positive().default(20),
  validateEvery: z.int().positive().default(200),
  checkpointEvery: z.int().positive().default(200),
});

export type TeacherOptions = z.infer<typeof teacherOptionsSchema>;
