/**
 * A call over the telephone network: the band of 300 to 3,400 Hz at a sampling rate of 8 kHz, in eight bits by the mu-law of
 * ITU-T G.711 (its continuous form, mu = 255).
 */
import { resample, SAMPLE_RATE } from 'frill-audio';
import { applyFilter, butterworth, highPass, lowPass } from './filters.js';

const LINE_RATE = 8_000;
const MU = 255;
/** Levels to either side of zero. */
const LEVELS = 127;

/** The clip as it leaves the other end of the line; the length stays. */
export function telephone(samples: Float32Array): Float32Array {
  const band = samples.slice();
  for (const q of butterworth(4)) applyFilter(band, highPass(300, q));
  for (const q of butterworth(8)) applyFilter(band, lowPass(3_400, q));
  const line = resample(band, SAMPLE_RATE, LINE_RATE).map(compand);
  const received = new Float32Array(samples.length);
  received.set(resample(line, LINE_RATE, SAMPLE_RATE).subarray(0, samples.length));
  return received;
}

/** Through the eight bits and back. */
function compand(sample: number): number {
  const loudness = Math.min(1, Math.abs(sample));
  const code = Math.round((LEVELS * Math.log1p(MU * loudness)) / Math.log1p(MU));
  return (Math.sign(sample) * Math.expm1((code / LEVELS) * Math.log1p(MU))) / MU;
}
