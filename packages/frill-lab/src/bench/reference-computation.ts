/** How fast one core is right now: a fixed computation on the clock. */
import { median } from '../statistics/quantiles.js';

const TRIES = 5;
/** About a millisecond on a core of 2020: long beside the resolution of a fine clock, short beside a measurement. */
const PASSES = 400;
const operand = Float64Array.from({ length: 2048 }, (_, i) => 1 + i / 4096);

/**
 * Milliseconds that the computation takes: the median of a few tries, so that a single interruption is not taken for a slow core.
 * `repeats` makes each try longer, for coarse clocks; the time is of one all the same.
 */
export function timeReference(repeats = 1, clock: () => number = () => performance.now()): number {
  const tries = Array.from({ length: TRIES }, () => {
    const start = clock();
    // The sum is looked at, so that the computation cannot be left out as unused.
    if (!Number.isFinite(compute(PASSES * repeats))) throw new Error('the reference computation went wrong');
    return (clock() - start) / repeats;
  });
  return median(tries);
}

/** Always the same arithmetic on the same numbers; they fit in the first cache, and each sum waits for the one before. */
function compute(passes: number): number {
  let sum = 0;
  for (let pass = 0; pass < passes; pass++)
    for (let i = 0; i < operand.length; i++) sum = sum * 0.5 + operand[i];
  return sum;
}
