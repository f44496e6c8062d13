/**
 * Confidence by resampling the test clips (Efron, 1979). Where there are speakers, speakers are drawn and then clips of each
 * (the two-stage bootstrap of Davison & Hinkley, 1997, section 3.8): clips of one voice are not independent, and two or three
 * speakers say little of others.
 */
import { random } from '../tensor/random.js';
import type { Interval } from './metrics/proportion-interval.js';
import { rowsByGroup } from './normalise.js';

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
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const at = (share: number) => {
    const place = share * (sorted.length - 1);
    const below = Math.floor(place);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  };
  return sorted.length === 0 ? { low: Number.NaN, high: Number.NaN } : { low: at(0.025), high: at(0.975) };
}
