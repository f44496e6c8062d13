/** How a student is distilled. Everything here decides the result and is recorded with it. */
import { z } from 'zod';
import { bottleneckScheduleSchema } from './bottleneck-schedule.js';
import { learningRateSchema } from './schedules.js';

export const distillationOptionsSchema = z.object({
  /** Optimiser steps. */
  steps: z.int().positive(),
  /** Windows a step. */
  batch: z.int().positive().default(32),
  learningRate: learningRateSchema.prefault({ kind: 'warmup-cosine', rate: 1e-3, warmup: 20, floor: 0.02 }),
  seed: z.string().default('0'),
  /** Scale of the teacher's values in the loss; see target-scale.ts. */
  targets: z.enum(['raw', 'standardised', 'centred']).default('standardised'),
  /** Whether a linear layer behind the embedding predicts the teacher's values, or the embedding is the prediction. */
  head: z.enum(['linear', 'none']).default('linear'),
  /** Share of the cosine distance in the loss, beside the mean squared error. */
  cosine: z.number().min(0).max(1).default(0),
  /** Decay a step of a running mean of the weights, kept from where statistics freeze and exported in their place; 0 for none. */
  averaging: z.number().min(0).lt(1).default(0),
  /** Whether the last layer of a student that starts with another's weights is first fitted to this teacher; see last-layer.ts. */
  refit: z.literal(true).exactOptional(),
  /** When the bottleneck is compressed and quantised, where the student's configuration asks for it. */
  bottleneck: bottleneckScheduleSchema.prefault({}),
  /** Part of the training from which the statistics of batch normalisation stay as they are; 1 for never. */
  freezeStatistics: z.number().min(0).max(1).default(0.7),
  /** Validation rows used, spread over all there are. */
  validationRows: z.int().nonnegative().default(1024),
  /** Steps from one record of the loss to the next; `validateEvery` and `checkpointEvery` are in steps too. */
  recordEvery: z.int().positive().default(20),
  validateEvery: z.int().positive().default(500),
  checkpointEvery: z.int().positive().default(500),
});

export type DistillationOptions = z.infer<typeof distillationOptionsSchema>;
