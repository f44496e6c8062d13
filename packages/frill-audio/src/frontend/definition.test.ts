import { describe, expect, it } from 'vitest';
import { goldenJson, goldenNpy } from '../../../../testing/golden.js';
import { sharedPath, withRecording } from '../../../../testing/shared.js';
import { readMono16k } from '../audio/file.js';
import { defineLogMel, hannWindow, melMatrix } from './definition.js';
import { fourierTransform } from './fourier.js';
import { Frontend } from './frontend.js';
import { FRILL_FRONTEND, frameCount } from './parameters.js';
import { countWindows, logMelGrid } from './windows.js';

interface Golden {
  cases: {
    name: string;
    samples?: string;
    audio?: string;
    frames: number;
    windows: number;
    logmel: string;
    windowed?: string;
  }[];
  counts: { samples: number; frames: number; windows: number }[];
  tolerance: { float64_implementation: number; mel_matrix: number; hann: number };
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  return largest;
}

it('the Fourier transform equals the sum that defines it', () => {
  const length = 16;
  const re = Float64Array.from({ length }, (_, n) => Math.sin(n * n));
  const im = Float64Array.from({ length }, (_, n) => Math.cos(3 * n));
  const expectedRe = new Float64Array(length);
  const expectedIm = new Float64Array(length);
  for (let k = 0; k < length; k++)
    for (let n = 0; n < length; n++) {
      const angle = (-2 * Math.PI * k * n) / length;
      expectedRe[k] += re[n] * Math.cos(angle) - im[n] * Math.sin(angle);
      expectedIm[k] += re[n] * Math.sin(angle) + im[n] * Math.cos(angle);
    }
  fourierTransform(re, im);
  expect(largestDifference(re, expectedRe)).toBeLessThan(1e-12);
  expect(largestDifference(im, expectedIm)).toBeLessThan(1e-12);
});

describe('the definition of the front end', () => {
  const golden = goldenJson<Golden>('frontend/frontend.json');
  const frontend = new Frontend(FRILL_FRONTEND, 'typescript', defineLogMel(FRILL_FRONTEND));

  it('has the Hann window and the mel bands of the original', () => {
    const hann = goldenNpy('frontend/hann_400.npy');
    expect(largestDifference(hannWindow(400), hann.data)).toBeLessThanOrEqual(golden.tolerance.hann);
    const mel = goldenNpy('frontend/mel_matrix.npy');
    expect(largestDifference(melMatrix(FRILL_FRONTEND), mel.data)).toBeLessThanOrEqual(
      golden.tolerance.mel_matrix,
    );
  });

  it.each(golden.counts)('cuts $samples samples into $frames frames and $windows windows', (count) => {
    const padded = Math.max(count.samples, FRILL_FRONTEND.minimumSamples);
    const frames = frameCount(padded, FRILL_FRONTEND);
    expect(frames).toBe(count.frames);
    expect(countWindows(frames * FRILL_FRONTEND.melBands, logMelGrid(FRILL_FRONTEND))).toBe(count.windows);
  });

  for (const { name, samples, audio, logmel, windowed } of golden.cases)
    withRecording(name, audio, () => {
      it('matches in float64', async () => {
        const input = audio
          ? await readMono16k(sharedPath(`data/${audio}`))
          : Float32Array.from(goldenNpy(`frontend/${samples}`).data);
        const { data } = frontend.logMel(input);
        const expected = goldenNpy(`frontend/${logmel}`).data;
        expect(largestDifference(data, expected)).toBeLessThanOrEqual(
          golden.tolerance.float64_implementation,
        );
        if (windowed === undefined) return;
        const windows = goldenNpy(`frontend/${windowed}`).data;
        const found = frontend.windows(input).data;
        expect(largestDifference(found, windows)).toBeLessThanOrEqual(
          golden.tolerance.float64_implementation,
        );
      });
    });
});
