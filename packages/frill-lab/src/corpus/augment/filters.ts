/**
 * Second-order filters by R. Bristow-Johnson's "Audio EQ Cookbook" (W3C note, 2021), and change of sampling rate by a
 * windowed sinc at any ratio. All in place or on fresh arrays, all deterministic.
 */
import { SAMPLE_RATE } from 'frill-audio';

/** Normalised coefficients of y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2]. */
export interface Biquad {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
}

function prepare(frequency: number, q: number) {
  const omega = (2 * Math.PI * Math.min(frequency, 0.49 * SAMPLE_RATE)) / SAMPLE_RATE;
  return { cos: Math.cos(omega), alpha: Math.sin(omega) / (2 * q) };
}

function normalised(b0: number, b1: number, b2: number, a0: number, a1: number, a2: number): Biquad {
  return { b0: b0 / a0, b1: b1 / a0, b2: b2 / a0, a1: a1 / a0, a2: a2 / a0 };
}

/** Passes what lies below `frequency` Hz. */
export function lowPass(frequency: number, q = Math.SQRT1_2): Biquad {
  const { cos, alpha } = prepare(frequency, q);
  return normalised((1 - cos) / 2, 1 - cos, (1 - cos) / 2, 1 + alpha, -2 * cos, 1 - alpha);
}

/** Passes what lies above `frequency` Hz. */
export function highPass(frequency: number, q = Math.SQRT1_2): Biquad {
  const { cos, alpha } = prepare(frequency, q);
  return normalised((1 + cos) / 2, -1 - cos, (1 + cos) / 2, 1 + alpha, -2 * cos, 1 - alpha);
}

/** The qualities of the sections of a Butterworth filter of even order, whose cascade is flat in its band (Butterworth, 1930). */
export function butterworth(order: number): number[] {
  return Array.from({ length: order / 2 }, (_, k) => 0.5 / Math.cos(((2 * k + 1) * Math.PI) / (2 * order)));
}

/** A resonance of unit peak gain at `frequency` Hz, `frequency / q` Hz wide. */
export function bandPass(frequency: number, q: number): Biquad {
  const { cos, alpha } = prepare(frequency, q);
  return normalised(alpha, 0, -alpha, 1 + alpha, -2 * cos, 1 - alpha);
}

/** `gain` dB around `frequency` Hz. */
export function peaking(frequency: number, gain: number, q: number): Biquad {
  const { cos, alpha } = prepare(frequency, q);
  const amplitude = 10 ** (gain / 40);
  return normalised(
    1 + alpha * amplitude,
    -2 * cos,
    1 - alpha * amplitude,
    1 + alpha / amplitude,
    -2 * cos,
    1 - alpha / amplitude,
  );
}

/** `gain` dB above `frequency` Hz. */
export function highShelf(frequency: number, gain: number): Biquad {
  const { cos, alpha } = prepare(frequency, Math.SQRT1_2);
  const amplitude = 10 ** (gain / 40);
  const slope = 2 * Math.sqrt(amplitude) * alpha;
  return normalised(
    amplitude * (amplitude + 1 + (amplitude - 1) * cos + slope),
    -2 * amplitude * (amplitude - 1 + (amplitude + 1) * cos),
    amplitude * (amplitude + 1 + (amplitude - 1) * cos - slope),
    amplitude + 1 - (amplitude - 1) * cos + slope,
    2 * (amplitude - 1 - (amplitude + 1) * cos),
    amplitude + 1 - (amplitude - 1) * cos - slope,
  );
}

/** Applies a filter in place and returns its argument. */
export function applyFilter(samples: Float32Array, { b0, b1, b2, a1, a2 }: Biquad): Float32Array {
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  for (let i = 0; i < samples.length; i++) {
    const x = samples[i];
    const y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
    x2 = x1;
    x1 = x;
    y2 = y1;
    y1 = y;
    samples[i] = y;
  }
  return samples;
}

const ZERO_CROSSINGS = 12;
const TABLE_STEPS = 256;

/** Half of a Hann-windowed sinc, TABLE_STEPS values a zero crossing. */
const sincTable = Float64Array.from({ length: ZERO_CROSSINGS * TABLE_STEPS + 2 }, (_unused, i) => {
  const x = i / TABLE_STEPS;
  if (x >= ZERO_CROSSINGS) return 0;
  const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
  return sinc * Math.cos((Math.PI * x) / (2 * ZERO_CROSSINGS)) ** 2;
});

/** Takes `samples` as sampled at `from` Hz (any number) and gives them at SAMPLE_RATE. */
export function toSampleRate(samples: Float32Array, from: number): Float32Array {
  const step = from / SAMPLE_RATE;
  const cutoff = Math.min(1, 1 / step) * 0.95;
  const reach = ZERO_CROSSINGS / cutoff;
  const output = new Float32Array(Math.floor(samples.length / step));
  for (let n = 0; n < output.length; n++) {
    const centre = n * step;
    const first = Math.max(0, Math.ceil(centre - reach));
    const last = Math.min(samples.length - 1, Math.floor(centre + reach));
    let sum = 0;
    for (let i = first; i <= last; i++) {
      const position = Math.abs(i - centre) * cutoff * TABLE_STEPS;
      const index = Math.floor(position);
      const low = sincTable[index];
      sum += samples[i] * (low + (sincTable[index + 1] - low) * (position - index));
    }
    output[n] = sum * cutoff;
  }
  return output;
}
