/**
 * Sample-rate conversion by a polyphase FIR filter: a sinc at the lower of the two Nyquist frequencies under a Kaiser
 * window, evaluated at the L phases of the ratio L/M in lowest terms.
 *
 * Zero delay: output sample n lies at n / to seconds, exactly. N input samples give ceil(N * to / from). Beyond both
 * ends the input is taken as zero. The whole conversion is the incremental one fed at once, so that no way of cutting
 * the input into chunks changes a single bit of the output.
 *
 * Source: J. O. Smith, "Digital Audio Resampling" (https://ccrma.stanford.edu/~jos/resample/); Kaiser's formulas for
 * the window as in Oppenheim and Schafer, "Discrete-Time Signal Processing", section 7.6.
 */
import { checkSampleRate } from './audio.js';

/** Zero crossings of the sinc on each side. */
const ZERO_CROSSINGS = 64;
/** Cut-off relative to the lower Nyquist frequency: the pass band ends at 0.90 of it, the stop band begins at 1. */
const ROLLOFF = 0.95;
/** Kaiser's beta for 100 dB of stop-band attenuation: 0.1102 (A - 8.7). */
const KAISER_BETA = 0.1102 * (100 - 8.7);
/**
 * Phases that the filter bank holds. Ratios with more phases (rates such as 22,255 Hz) interpolate linearly between
 * neighbours, which errs by (pi / 2048)^2 / 8 = -130 dB.
 */
const MAXIMUM_PHASES = 2048;

/** All of `samples` at another rate: `ceil(samples.length * to / from)` samples. Rates in Hz. */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return samples;
  const resampler = new Resampler(from, to);
  const most = resampler.push(samples);
  const rest = resampler.finish();
  const all = new Float32Array(most.length + rest.length);
  all.set(most);
  all.set(rest, most.length);
  return all;
}

/** Converts a stream. Memory is bounded by the filter's length and the largest chunk. */
export class Resampler {
  readonly #up: number;
  readonly #down: number;
  readonly #bank: FilterBank;
  /** Input not yet done with; at first the zeros that the first output's filter covers before the first sample. */
  #history: Float32Array;
  /** Where in `#history` the filter of the next output begins, and its phase in units of 1 / up. */
  #start = 0;
  #phase = 0;
  #received = 0;
  #emitted = 0;

  /** From `from` Hz to `to` Hz. Throws AudioError for impossible rates. */
  constructor(from: number, to: number) {
    checkSampleRate(from);
    checkSampleRate(to);
    const divisor = greatestCommonDivisor(from, to);
    this.#up = to / divisor;
    this.#down = from / divisor;
    this.#bank = filterBank(this.#up, this.#down);
    this.#history = new Float32Array(this.#bank.taps / 2 - 1);
  }

  /** Takes the next samples and returns the output that they complete. */
  push(samples: Float32Array): Float32Array {
    this.#received += samples.length;
    if (this.#up === this.#down) return samples;
    return this.#convert(samples, Number.POSITIVE_INFINITY);
  }

  /** Returns the last output samples; the resampler must not be used afterwards. */
  finish(): Float32Array {
    if (this.#up === this.#down) return new Float32Array(0);
    const total = Math.ceil((this.#received * this.#up) / this.#down);
    return this.#convert(new Float32Array(this.#bank.taps), total - this.#emitted);
  }

  #convert(samples: Float32Array, limit: number): Float32Array {
    const { taps, phases } = this.#bank;
    const input = new Float32Array(this.#history.length + samples.length);
    input.set(this.#history);
    input.set(samples, this.#history.length);
    const up = this.#up;
    const room = Math.max(0, input.length - taps - this.#start);
    const output = new Float32Array(Math.min(limit, Math.ceil(((room + 1) * up) / this.#down)));
    let made = 0;
    let start = this.#start;
    let phase = this.#phase;
    while (made < limit && start + taps <= input.length) {
      if (phases === up) output[made++] = this.#dot(input, start, phase);
      else {
        const exact = (phase / up) * phases;
        const below = Math.floor(exact);
        const a = this.#dot(input, start, below);
        output[made++] = a + (exact - below) * (this.#dot(input, start, below + 1) - a);
      }
      phase += this.#down;
      const step = Math.floor(phase / up);
      phase -= step * up;
      start += step;
    }
    const keepFrom = Math.min(start, input.length);
    this.#history = input.slice(keepFrom);
    this.#start = start - keepFrom;
    this.#phase = phase;
    this.#emitted += made;
    return made === output.length ? output : output.slice(0, made);
  }

  #dot(input: Float32Array, start: number, phase: number): number {
    const { coefficients, taps } = this.#bank;
    const row = phase * taps;
    // Four sums break the chain of dependent additions; taps is a multiple of four.
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let k = 0; k < taps; k += 4) {
      a += input[start + k] * coefficients[row + k];
      b += input[start + k + 1] * coefficients[row + k + 1];
      c += input[start + k + 2] * coefficients[row + k + 2];
      d += input[start + k + 3] * coefficients[row + k + 3];
    }
    return a + b + (c + d);
  }
}

interface FilterBank {
  /** Rows 0 to `phases`, of `taps` coefficients each; row p is centred p / phases samples after tap taps / 2 - 1. */
  readonly coefficients: Float32Array;
  /** A multiple of four. */
  readonly taps: number;
  readonly phases: number;
}

/** Making a bank costs about as much as converting ten seconds: the last few are kept. */
const banks = new Map<string, FilterBank>();
const KEPT_BANKS = 4;

function filterBank(up: number, down: number): FilterBank {
  const name = `${up}/${down}`;
  const known = banks.get(name);
  if (known) return known;
  if (banks.size >= KEPT_BANKS) for (const oldest of [...banks.keys()].slice(0, 1)) banks.delete(oldest);
  const bank = designFilterBank(up, down);
  banks.set(name, bank);
  return bank;
}

function designFilterBank(up: number, down: number): FilterBank {
  const cutoff = ROLLOFF * Math.min(1, up / down);
  const halfWidth = ZERO_CROSSINGS / cutoff;
  const taps = 4 * Math.ceil((halfWidth + 1) / 2);
  const phases = Math.min(up, MAXIMUM_PHASES);
  const coefficients = new Float32Array((phases + 1) * taps);
  const row = new Float64Array(taps);
  for (let phase = 0; phase <= phases; phase++) {
    let sum = 0;
    for (let k = 0; k < taps; k++) {
      const time = k - (taps / 2 - 1) - phase / phases;
      row[k] = sinc(cutoff * time) * kaiser(time / halfWidth);
      sum += row[k];
    }
    // Every phase passes a constant unchanged; otherwise silence with an offset would hum.
    for (let k = 0; k < taps; k++) coefficients[phase * taps + k] = row[k] / sum;
  }
  return { coefficients, taps, phases };
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Kaiser's window on [-1, 1], 0 outside. */
function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : besselI0(KAISER_BETA * Math.sqrt(1 - x * x)) / besselI0(KAISER_BETA);
}

/** The modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
