/**
 * Sample-rate conversion by a polyphase FIR filter, of whole clips and of streams. filter-bank.ts designs the filter.
 *
 * Zero delay: output sample n lies at n / to seconds, exactly. N input samples give ceil(N * to / from). Beyond both
 * ends the input is taken as zero. The whole conversion is the incremental one fed at once, so that no way of cutting
 * the input into chunks changes a single bit of the output.
 */
import { checkSampleRate } from '../audio.js';
import { type Channel, floatSamples } from '../sound.js';
import { defineFilter, type FilterKernel } from './definition.js';
import { designFilterBank, type FilterBank } from './filter-bank.js';
import { loadFilterKernel } from './kernel.js';

/**
 * Samples of one channel at another rate: `ceil(length * to / from)` of them, where sample n lies at n / to seconds. At equal rates
 * a Float32Array is returned as it is. The filter is a sinc under a Kaiser window; it passes up to 0.9 of the lower Nyquist
 * frequency and stops what is above it by 100 dB. Source: J. O. Smith, "Digital Audio Resampling".
 *
 * @param channel samples in [-1, 1], or an `Int16Array`
 * @param from their rate, a whole number of Hz from 1,000 to 768,000
 * @param to the rate that is wanted, in the same range
 * @throws AudioError for impossible rates and what is not samples
 */
export function resample(channel: Channel, from: number, to: number): Float32Array {
  const samples = floatSamples(channel);
  checkSampleRate(from);
  checkSampleRate(to);
  if (from === to) return samples;
  const resampler = new Resampler(from, to);
  const all = new Float32Array(Math.ceil((samples.length * to) / from));
  let made = 0;
  // Piece by piece, so that what is at work stays in the cache.
  for (let start = 0; start < samples.length; start += PIECE) {
    const piece = resampler.push(samples.subarray(start, start + PIECE));
    all.set(piece, made);
    made += piece.length;
  }
  all.set(resampler.finish(), made);
  return all;
}

const PIECE = 16_384;

/** Converter of a stream of samples to another rate, as `resample` does it. Its memory is bounded by the filter's length and the largest chunk. */
export class Resampler {
  readonly #up: number;
  readonly #down: number;
  readonly #filter: Filter;
  /** Input not yet done with; at first the zeros that the first output's filter covers before the first sample. */
  #history: Float32Array;
  /** Where in `#history` the filter of the next output begins, and its phase in units of 1 / up. */
  #start = 0;
  #phase = 0;
  #received = 0;
  #emitted = 0;

  /**
   * A converter from `from` Hz to `to` Hz.
   *
   * @throws AudioError for rates that are no whole number from 1,000 to 768,000
   */
  constructor(from: number, to: number) {
    checkSampleRate(from);
    checkSampleRate(to);
    const divisor = greatestCommonDivisor(from, to);
    this.#up = to / divisor;
    this.#down = from / divisor;
    this.#filter = filterFor(this.#up, this.#down);
    this.#history = new Float32Array(this.#filter.taps / 2 - 1);
  }

  /** Takes the next samples of the one channel and returns the output that they complete. Throws AudioError for what is not samples. */
  push(channel: Channel): Float32Array {
    const samples = floatSamples(channel);
    this.#received += samples.length;
    if (this.#up === this.#down) return samples;
    return this.#convert(samples, Number.POSITIVE_INFINITY);
  }

  /** Returns the last output samples; the resampler must not be used afterwards. */
  finish(): Float32Array {
    if (this.#up === this.#down) return new Float32Array(0);
    const total = Math.ceil((this.#received * this.#up) / this.#down);
    return this.#convert(new Float32Array(this.#filter.taps), total - this.#emitted);
  }

  #convert(samples: Float32Array, limit: number): Float32Array {
    const { taps, kernel } = this.#filter;
    const input = new Float32Array(this.#history.length + samples.length);
    input.set(this.#history);
    input.set(samples, this.#history.length);
    // Output n begins at floor((phase + n * down) / up) samples after `start`, and must end within the input.
    const room = input.length - taps - this.#start;
    const possible = room < 0 ? 0 : Math.ceil(((room + 1) * this.#up - this.#phase) / this.#down);
    const output = new Float32Array(Math.min(limit, possible));
    kernel.convert(input, this.#start, this.#phase, output);
    const ahead = this.#phase + output.length * this.#down;
    const start = this.#start + Math.floor(ahead / this.#up);
    const keepFrom = Math.min(start, input.length);
    this.#history = input.slice(keepFrom);
    this.#start = start - keepFrom;
    this.#phase = ahead % this.#up;
    this.#emitted += output.length;
    return output;
  }
}

interface Filter {
  readonly taps: number;
  readonly kernel: FilterKernel;
}

/** For equal rates, which pass through. */
const NO_FILTER: Filter = { taps: 2, kernel: { convert: () => {} } };

/** Making a filter costs as much as converting seconds with it: the ones used last are kept. */
const filters = new Map<string, Filter>();
const KEPT_FILTERS = 4;

function filterFor(up: number, down: number): Filter {
  if (up === down) return NO_FILTER;
  const name = `${up}/${down}`;
  const filter = filters.get(name) ?? makeFilter(up, down);
  filters.delete(name);
  filters.set(name, filter);
  for (const oldest of [...filters.keys()].slice(0, -KEPT_FILTERS)) filters.delete(oldest);
  return filter;
}

function makeFilter(up: number, down: number): Filter {
  const bank = designFilterBank(up, down);
  return { taps: bank.taps, kernel: kernelFor(bank) };
}

function kernelFor(bank: FilterBank): FilterKernel {
  try {
    return loadFilterKernel(bank);
  } catch (error) {
    // An engine without WebAssembly or without its SIMD; anything else is a fault that must be seen.
    if (typeof WebAssembly === 'object' && !(error instanceof WebAssembly.CompileError)) throw error;
    return defineFilter(bank);
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
