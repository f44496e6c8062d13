/**
 * How the teacher's values are scaled before the student learns them. Only the head, which is dropped at export, sees
 * the scale; but it decides which values the loss cares for.
 */
import { ModelError } from 'frill-audio';
import type { RowSource } from './batches.js';

/**
 * `raw`: as the teacher gives them, as in the paper. `standardised`: each value less its mean over the training rows,
 * by its deviation, so that quiet values count as much as loud ones, and limited to `LIMIT` deviations either way.
 */
export type TargetScaling = 'raw' | 'standardised';

/** Statistics of the teacher's values over training rows. */
export interface TargetStatistics {
  readonly mean: Float32Array;
  readonly deviation: Float32Array;
}

/** Rows that statistics are taken from; more change them by less than a percent. */
const MOST_ROWS = 4096;
/**
 * Teachers that end in a rectifier, as YAMNet does, are zero most of the time: a value that is rarely anything else lies a
 * hundred deviations out when it is. Of 6,402 windows of speech 1 % hold 55 % of YAMNet's squared deviations; a student
 * that follows those has little of its squared error left for the rest.
 */
const LIMIT = 3;
/** Values that vary less than this part of the average variation are constants with noise: they are left out. */
const CONSTANT = 1e-3;

/** Mean and population deviation of each value over (a spread of) the rows. Throws ModelError where one is not finite. */
export async function measureTargets(targets: RowSource, rows: Uint32Array): Promise<TargetStatistics> {
  const stride = Math.ceil(rows.length / MOST_ROWS);
  const chosen = rows.filter((_, i) => i % stride === 0);
  const { width } = targets;
  const sum = new Float64Array(width);
  const squares = new Float64Array(width);
  const buffer = new Float32Array(64 * width);
  for (let first = 0; first < chosen.length; first += 64) {
    const group = chosen.subarray(first, first + 64);
    await targets.read(group, buffer);
    const bad = buffer.subarray(0, group.length * width).findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new ModelError({
        what: `row ${group[Math.floor(bad / width)]} of the targets holds a value that is not finite`,
        remedy:
          'Remove the cache folder of the data, and prepare it again with a teacher that gives finite values',
      });
    for (let i = 0; i < group.length * width; i++) {
      sum[i % width] += buffer[i];
      squares[i % width] += buffer[i] ** 2;
    }
  }
  const mean = Float32Array.from(sum, (total) => total / chosen.length);
  const deviation = Float32Array.from(squares, (total, i) =>
    Math.sqrt(Math.max(0, total / chosen.length - (sum[i] / chosen.length) ** 2)),
  );
  return { mean, deviation };
}

/** Applies the scaling to rows in place. */
export function targetScaler(scaling: TargetScaling, { mean, deviation }: TargetStatistics) {
  if (scaling === 'raw') return (_rows: Float32Array) => {};
  const average = Math.sqrt(deviation.reduce((sum, value) => sum + value ** 2, 0) / deviation.length);
  const factors = deviation.map((value) => (value > CONSTANT * average ? 1 / value : 0));
  const width = mean.length;
  return (rows: Float32Array) => {
    for (let start = 0; start < rows.length; start += width)
      for (let i = 0; i < width; i++) {
        const deviations = (rows[start + i] - mean[i]) * factors[i];
        rows[start + i] = Math.min(LIMIT, Math.max(-LIMIT, deviations));
      }
  };
}
