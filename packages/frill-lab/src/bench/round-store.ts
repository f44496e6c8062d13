/** Rounds of a latency measurement, kept one by one, so that a long one that is interrupted goes on. */
import { z } from 'zod';
import { latencySchema } from './latency-report.js';
import { machineStateSchema } from './machine-watch.js';

/** One model in one round, as it is kept. */
export const roundRecordSchema = z.object({
  /** Name of the measurement, derived from the subjects' content, the protocol, the machine and the runtime. */
  measurement: z.string(),
  /** Place among the subjects; references come again after them. */
  entry: z.int(),
  round: z.int(),
  reloadMs: z.number(),
  samples: z.array(z.number()),
  /** The machine while it was timed. */
  machine: machineStateSchema,
  /** Times of the start, which the first round has beside its own. */
  start: latencySchema.pick({ coldMs: true, firstMs: true, warmup: true }).optional(),
});

export type RoundRecord = z.infer<typeof roundRecordSchema>;

/** Where rounds are kept, so that a measurement that was interrupted goes on. */
export interface RoundStore {
  readonly kept: readonly RoundRecord[];
  add(record: RoundRecord): Promise<void>;
}
