/**
 * How the teacher's values are scaled before the student learns them. Only the head, which is dropped at export, sees
 * the scale; but it decides which values the loss cares for.
 */
import { ModelError } from 'frill-audio';
import type { RowSource } from './batches.js';

/**
 * `raw`: as the teacher gives them, as in the paper. `standardised`: each value less its mean over the training rows,
 * by its deviation, so that quiet values count as much as loud ones, and limited to `LIMIT` deviations either way.
 * `centred`: each value less its mean, all by one number, so that they vary by 1 on average: loud values count for more,
 * as the teacher has them, at a scale that a learning rate can be chosen for.
 */
export type TargetScaling = 'raw' | 'standardised' | 'centred';

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

/** A scaling of known values: (raw - centre) * factor, limited. */
export class TargetScale {
  private constructor(
    /** Number that is taken from each value of a target; `factor` is what the difference is multiplied by. */
    private readonly centre: Float32Array,
    private readonly factor: Float32Array,
    /** Largest scaled value in either direction; what exceeds it is cut off. */
    private readonly limit: number,
    /** What a prediction of 1 says of a raw value, less its centre: 0 where it is left out as a constant. */
    private readonly unit: Float32Array,
  ) {}

  static of(scaling: TargetScaling, { mean, deviation }: TargetStatistics): TargetScale {
    const ones = mean.map(() => 1);
    const average = Math.sqrt(deviation.reduce((sum, value) => sum + value ** 2, 0) / deviation.length);
    switch (scaling) {
      case 'raw':
        return new TargetScale(
          mean.map(() => 0),
          ones,
          Number.POSITIVE_INFINITY,
          ones,
        );
      case 'standardised': {
        const factor = deviation.map((value) => (value > CONSTANT * average ? 1 / value : 0));
        return new TargetScale(mean, factor, LIMIT, deviation);
      }
      case 'centred': {
        const unit = average > 0 ? average : 1;
        return new TargetScale(
          mean,
          ones.map(() => 1 / unit),
          Number.POSITIVE_INFINITY,
          ones.map(() => unit),
        );
      }
    }
  }

  /** Scales rows in place. */
  apply(rows: Float32Array): void {
    const { centre, factor, limit } = this;
    const width = centre.length;
    for (let start = 0; start < rows.length; start += width)
      for (let i = 0; i < width; i++) {
        const scaled = (rows[start + i] - centre[i]) * factor[i];
        rows[start + i] = Math.min(limit, Math.max(-limit, scaled));
      }
  }

  /** What a prediction of value `i` says of the raw one; constants, which are left out of training, are predicted by their mean. */
  raw(prediction: number, i: number): number {
    return this.centre[i] + this.unit[i] * prediction;
  }
}
