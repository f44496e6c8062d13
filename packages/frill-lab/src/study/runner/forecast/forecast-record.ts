/** What the students were expected to take, kept when it was said, and held against what they took. */
import { z } from 'zod';
import { quantile } from '../../../statistics/quantiles.js';
import type { ForecastOutcome, StudentResult } from '../../records.js';

/** One forecast, appended to `forecasts.jsonl` by every session that makes students. */
export const forecastRecordSchema = z.object({
  at: z.string(),
  workers: z.int(),
  seconds: z.number(),
  diskBytes: z.number(),
  memoryBytes: z.number(),
  /** Seconds of each student, by its name. */
  secondsOf: z.record(z.string(), z.number()),
  /** Seconds of training, embedding and probes by student; `secondsOf` includes them. */
  partsOf: z.record(z.string(), z.object({ train: z.number(), embed: z.number(), probes: z.number() })),
});

export type ForecastRecord = z.infer<typeof forecastRecordSchema>;

/**
 * Every student's own time against its first forecast, which was made before anything was known. Of a student whose training was
 * interrupted the training steps of all sessions count. Undefined where no made student had a forecast.
 */
export function compareForecast(
  forecasts: readonly ForecastRecord[],
  students: readonly StudentResult[],
  diskTookBytes?: number,
): ForecastOutcome | undefined {
  const pairs = students.flatMap(({ name, timings, training }) => {
    const expected = forecasts.find(({ secondsOf }) => name in secondsOf)?.secondsOf[name];
    const took = Math.max(timings.train, training.seconds) + timings.export + timings.evaluate;
    return expected ? [{ expected, took }] : [];
  });
  const [first] = forecasts;
  if (!first || pairs.length === 0) return undefined;
  const total = (of: 'expected' | 'took') => pairs.reduce((sum, pair) => sum + pair[of], 0) / first.workers;
  const ratios = pairs.map(({ expected, took }) => took / expected);
  return {
    students: pairs.length,
    workers: first.workers,
    expectedSeconds: total('expected'),
    tookSeconds: total('took'),
    ratioQuantiles: [quantile(ratios, 0.05), quantile(ratios, 0.5), quantile(ratios, 0.95)],
    diskBytes: first.diskBytes,
    memoryBytes: first.memoryBytes,
    diskTookBytes,
    memoryTookBytes: first.workers * Math.max(...students.map(({ peakBytes }) => peakBytes)),
  };
}
