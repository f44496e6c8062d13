/**
 * The low-pass filter of a conversion: a sinc at the lower of the two Nyquist frequencies under a Kaiser window, in float64,
 * tabulated at the phases of the ratio up / down in lowest terms.
 *
 * Sources: J. O. Smith, "Digital Audio Resampling" (https://ccrma.stanford.edu/~jos/resample/); Kaiser's formulas for
 * the window as in Oppenheim and Schafer, "Discrete-Time Signal Processing", section 7.6.
 */

/** Zero crossings of the sinc on each side. */
const ZERO_CROSSINGS = 64;
/** Cut-off relative to the lower Nyquist frequency: the pass band ends at 0.90 of it, the stop band begins at 1. */
const ROLLOFF = 0.95;
/** Kaiser's beta for 100 dB of stop-band attenuation: 0.1102 (A - 8.7). */
const KAISER_BETA = 0.1102 * (100 - 8.7);
/**
 * Phases that a bank holds. Ratios with more phases (rates such as 22,255 Hz) interpolate linearly between neighbours,
 * which errs by (pi / 2048)^2 / 8 = -130 dB.
 */
const MAXIMUM_PHASES = 2048;

export interface FilterBank {
  readonly up: number;
  readonly down: number;
  /** Rows 0 to `phases`, of `taps` coefficients each; row p is centred p / phases samples after tap taps / 2 - 1. */
  readonly coefficients: Float32Array;
  /** A multiple of eight. */
  readonly taps: number;
  /** `up`, or fewer, between which to interpolate. */
  readonly phases: number;
}

/** The bank for output at `up / down` times the rate of the input. */
export function designFilterBank(up: number, down: number): FilterBank {
  const cutoff = ROLLOFF * Math.min(1, up / down);
  const halfWidth = ZERO_CROSSINGS / cutoff;
  const taps = 8 * Math.ceil((halfWidth + 1) / 4);
  const phases = Math.min(up, MAXIMUM_PHASES);
  const coefficients = new Float32Array((phases + 1) * taps);
  const values = new Float64Array(taps);
  // The filter is symmetric: row `phases - p` is row `p` from the other end.
  for (let phase = 0; phase <= phases - phase; phase++) {
    let sum = 0;
    for (let k = 0; k < taps; k++) {
      const time = k - (taps / 2 - 1) - phase / phases;
      values[k] = sinc(cutoff * time) * kaiser(time / halfWidth);
      sum += values[k];
    }
    const row = phase * taps;
    const mirrored = (phases - phase) * taps + taps - 1;
    for (let k = 0; k < taps; k++) {
      // Every phase passes a constant unchanged; otherwise silence with an offset would hum.
      coefficients[row + k] = values[k] / sum;
      coefficients[mirrored - k] = values[k] / sum;
    }
  }
  return { up, down, coefficients, taps, phases };
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Kaiser's window on [-1, 1], 0 outside. */
function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : besselI0(KAISER_BETA * Math.sqrt(1 - x * x)) / besselI0(KAISER_BETA);
}

/** 1 / (k!)^2 for k = 0 ... 31: what follows is below 1e-17 of the sum for arguments up to 11. */
const BESSEL_SERIES = Float64Array.from({ length: 32 }, (_, k) => {
  let factorial = 1;
  for (let i = 2; i <= k; i++) factorial *= i;
  return factorial ** -2;
});

/** The modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  const square = (x / 2) ** 2;
  let sum = 0;
  for (let k = BESSEL_SERIES.length - 1; k >= 0; k--) sum = sum * square + BESSEL_SERIES[k];
  return sum;
}
