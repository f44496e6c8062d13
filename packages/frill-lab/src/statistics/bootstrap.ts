/**
 * Confidence by resampling the test clips (Efron, 1979). Where there are speakers, speakers are drawn and then clips of each
 * (the two-stage bootstrap of Davison & Hinkley, 1997, section 3.8): clips of one voice are not independent, and two or three
 * speakers say little of others.
 */

import { type Random, random } from '../tensor/random.js';
import { rowsByGroup } from './groups.js';
import { quantile } from './quantiles.js';

/** 95 % confidence: the lower and the upper end. */
export type Interval = readonly [number, number];

/** Fewest speakers for an interval: drawing one or two of them again says nothing of others. */
export const FEWEST_GROUPS = 3;

export interface BootstrapOptions {
  readonly resamples?: number;
  readonly seed?: string;
}

/** Resampled positions 0..count-1, by `groups` where given (one name a position). Seeded. */
export function* resamples(
  count: number,
  groups: readonly string[] | undefined,
  { resamples = 1000, seed = '0' }: BootstrapOptions = {},
): Generator<Uint32Array> {
  const units = groups ? [...rowsByGroup(groups).values()] : undefined;
  for (let index = 0; index < resamples; index++) {
    const stream = random(`bootstrap/${seed}/${index}`);
    if (units === undefined) yield Uint32Array.from({ length: count }, () => stream.integer(count));
    else
      yield Uint32Array.from(
        units.flatMap(() => {
          const unit = stream.pick(units);
          return unit.map(() => stream.pick(unit));
        }),
      );
  }
}

/** The middle 95 % of the values (percentile interval); values that are no numbers are left out. */
export function percentileInterval(values: readonly number[]): Interval {
  const numbers = values.filter((value) => !Number.isNaN(value));
  return [quantile(numbers, 0.025), quantile(numbers, 0.975)];
}

/** Items drawn with replacement, as many as there are. */
export function resample<T>(items: readonly T[], stream: Random): T[] {
  return items.map(() => stream.pick(items));
}
