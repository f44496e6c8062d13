/** Equipment that does not pass everything: small loudspeakers, closed doors, low sampling rates. */
import { applyFilter, butterworth, highPass, lowPass } from './filters.js';

/** Two sections each: 24 dB an octave. */
const ORDER = 4;

/** What lies between two frequencies in Hz. A `low` of 0 leaves the low end alone, a `high` of half the rate the high end. */
export function bandLimit(samples: Float32Array, low: number, high: number): Float32Array {
  const heard = samples.slice();
  for (const q of butterworth(ORDER)) {
    if (low > 0) applyFilter(heard, highPass(low, q));
    if (high < 8_000) applyFilter(heard, lowPass(high, q));
  }
  return heard;
}
