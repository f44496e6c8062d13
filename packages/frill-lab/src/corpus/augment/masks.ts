/**
 * Stretches of time and of frequency taken out of a log-mel window (SpecAugment: Park et al., Interspeech 2019), so that a network
 * does not lean on any one of them. What is taken out becomes the window's mean.
 */
import type { Random } from '../../tensor/random.js';

/** Masks up to `widest` frames of a window [frames, bands], in place. */
export function maskTime(window: Float32Array, bands: number, widest: number, stream: Random): void {
  const { first, end } = stretch(window.length / bands, widest, stream);
  window.fill(mean(window), first * bands, end * bands);
}

/** Masks up to `widest` neighbouring bands, in place. */
export function maskBands(window: Float32Array, bands: number, widest: number, stream: Random): void {
  const { first, end } = stretch(bands, widest, stream);
  const level = mean(window);
  for (let at = 0; at < window.length; at += bands) window.fill(level, at + first, at + end);
}

function stretch(length: number, widest: number, stream: Random): { first: number; end: number } {
  const width = 1 + stream.integer(Math.min(widest, length));
  const first = stream.integer(length - width + 1);
  return { first, end: first + width };
}

function mean(window: Float32Array): number {
  let sum = 0;
  for (const value of window) sum += value;
  return sum / window.length;
}
