/** Background noise of several kinds, each at unit level (root mean square 1). */
import { SAMPLE_RATE } from 'frill-audio';
import type { Random } from '../../tensor/random.js';
import { applyFilter, bandPass, highPass, lowPass } from '../augment/filters.js';
import { toLevel } from '../augment/level.js';

export const NOISES = ['white', 'pink', 'rumble', 'hum', 'crowd'] as const;
export type Noise = (typeof NOISES)[number];

/** `length` samples of noise. */
export function makeNoise(kind: Noise, length: number, stream: Random): Float32Array {
  return toLevel(raw(kind, length, stream), 1);
}

function raw(kind: Noise, length: number, stream: Random): Float32Array {
  switch (kind) {
    case 'white':
      return whiteNoise(length, stream);
    case 'pink':
      return pinkNoise(length, stream);
    case 'rumble':
      return applyFilter(applyFilter(whiteNoise(length, stream), lowPass(180)), highPass(30));
    case 'hum': {
      const base = stream.pick([50, 60, 100, 120]);
      const partials = Array.from({ length: 8 }, (_unused, k) => ({
        omega: (2 * Math.PI * base * (k + 1)) / SAMPLE_RATE,
        gain: stream.uniform(0.2, 1) / (k + 1),
        phase: stream.uniform(0, 2 * Math.PI),
      }));
      return Float32Array.from({ length }, (_unused, i) =>
        partials.reduce((sum, { omega, gain, phase }) => sum + gain * Math.sin(omega * i + phase), 0),
      );
    }
    case 'crowd': {
      // Bands of noise in the range of speech, each swelling at the rate of syllables.
      const mixed = new Float32Array(length);
      for (let voice = 0; voice < 5; voice++) {
        const band = applyFilter(whiteNoise(length, stream), bandPass(stream.uniform(250, 2_500), 1.5));
        const omega = (2 * Math.PI * stream.uniform(2, 6)) / SAMPLE_RATE;
        const phase = stream.uniform(0, 2 * Math.PI);
        for (let i = 0; i < length; i++) mixed[i] += band[i] * (1 + Math.sin(omega * i + phase));
      }
      return mixed;
    }
  }
}

/** Independent uniform samples in [-1, 1). */
export function whiteNoise(length: number, stream: Random): Float32Array {
  const samples = new Float32Array(length);
  for (let i = 0; i < length; i++) samples[i] = stream.uniform(-1, 1);
  return samples;
}

/** -3 dB an octave, by P. Kellet's sum of three one-pole filters. */
function pinkNoise(length: number, stream: Random): Float32Array {
  const samples = whiteNoise(length, stream);
  let [a, b, c] = [0, 0, 0];
  for (let i = 0; i < length; i++) {
    const white = samples[i];
    a = 0.99765 * a + white * 0.099046;
    b = 0.963 * b + white * 0.2965164;
    c = 0.57 * c + white * 1.0526913;
    samples[i] = a + b + c + white * 0.1848;
  }
  return samples;
}
