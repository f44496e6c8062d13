/**
 * What changes in the course of training, as plain functions of the step (counted from 0): nothing to store, and a
 * resumed run computes the same. Schedules are data, so that they are recorded with the result.
 */
import { z } from 'zod';

/** Learning rates over steps. */
export const learningRateSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('constant'), rate: z.number().positive() }),
  /** Rises linearly over `warmup` steps, then falls to `floor * rate` along half a cosine (Loshchilov & Hutter, 2017). */
  z.object({
    kind: z.literal('warmup-cosine'),
    rate: z.number().positive(),
    warmup: z.int().nonnegative(),
    floor: z.number().min(0).max(1).default(0),
  }),
]);

export type LearningRate = z.infer<typeof learningRateSchema>;

/** The learning rate of a step of a training of `steps` steps. */
export function learningRateAt(schedule: LearningRate, step: number, steps: number): number {
  switch (schedule.kind) {
    case 'constant':
      return schedule.rate;
    case 'warmup-cosine': {
      if (step < schedule.warmup) return (schedule.rate * (step + 1)) / schedule.warmup;
      const done = Math.min(1, (step - schedule.warmup) / Math.max(1, steps - schedule.warmup));
      const falling = (1 + Math.cos(Math.PI * done)) / 2;
      return schedule.rate * (schedule.floor + (1 - schedule.floor) * falling);
    }
  }
}
