/** Faster and higher, or slower and lower, as a tape: pitch, formants and tempo change together. */
import { resample, SAMPLE_RATE } from 'frill-audio';
import { toSampleRate } from './filters.js';

/** The whole sound played `factor` times as fast; fastest where the factor is a simple fraction, such as 0.9. */
export function playedAt(samples: Float32Array, factor: number): Float32Array {
  return resample(samples, Math.round(SAMPLE_RATE * factor), SAMPLE_RATE);
}

/** The first `length` samples of a sound played `factor` times as fast; zeros where it ends too soon. */
export function atSpeed(samples: Float32Array, factor: number, length: number): Float32Array {
  const heard = new Float32Array(length);
  heard.set(toSampleRate(samples, SAMPLE_RATE * factor).subarray(0, length));
  return heard;
}
