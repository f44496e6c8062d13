import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileKernel, kernelModule } from '../../../../kernels/build.js';
import { goldenJson, goldenNpy } from '../../../../testing/golden.js';
import { sharedPath, withRecording } from '../../../../testing/shared.js';
import { readMono16k } from '../audio/file.js';
import { defineLogMel } from './definition.js';
import { Frontend, loadFrontend } from './frontend.js';
import { FRILL_FRONTEND, type FrontendParameters } from './parameters.js';

interface Golden {
  cases: { name: string; samples?: string; audio?: string; logmel: string }[];
  tolerance: { float32_implementation_max: number; float32_implementation_mean: number };
}

function noise(length: number): Float32Array {
  let state = 7;
  return Float32Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647 - 0.5;
  });
}

function differences(a: ArrayLike<number>, b: ArrayLike<number>): { largest: number; mean: number } {
  expect(a.length).toBe(b.length);
  let largest = 0;
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i] - b[i]);
    largest = Math.max(largest, difference);
    sum += difference;
  }
  return { largest, mean: sum / a.length };
}

it('is what its source compiles to', async () => {
  expect(readFileSync(kernelModule('log-mel'), 'utf8')).toBe(await compileKernel('log-mel'));
});

it('is what runs here', async () => {
  expect((await loadFrontend()).implementation).toBe('wasm');
});

describe('the kernel', () => {
  const { cases, tolerance } = goldenJson<Golden>('frontend/frontend.json');
  for (const { name, samples, audio, logmel } of cases)
    withRecording(name, audio, () => {
      it('matches within the tolerances of float32', async () => {
        const input = audio
          ? await readMono16k(sharedPath(`data/${audio}`))
          : Float32Array.from(goldenNpy(`frontend/${samples}`).data);
        const frontend = await loadFrontend();
        const { data } = frontend.logMel(input);
        const found = differences(data, goldenNpy(`frontend/${logmel}`).data);
        expect(found.largest).toBeLessThanOrEqual(tolerance.float32_implementation_max);
        expect(found.mean).toBeLessThanOrEqual(tolerance.float32_implementation_mean);
      });
    });
});

describe('equals the definition', () => {
  it.each<[string, Partial<FrontendParameters>]>([
    ['as FRILL has it', {}],
    ['with 80 bands', { melBands: 80 }],
    ['with bands narrower than a bin', { melBands: 120, lowestFrequency: 20 }],
    ['with 1024 points, so that one pass has two', { fftLength: 1024, windowLength: 640 }],
    ['with 64 points', { fftLength: 64, windowLength: 33, hopLength: 7, melBands: 5 }],
    ['with a hop longer than the window', { hopLength: 480 }],
    ['at 8 kHz', { sampleRate: 8_000, highestFrequency: 4_000, windowLength: 200, fftLength: 256 }],
  ])('%s', async (_, changes) => {
    const parameters = { ...FRILL_FRONTEND, ...changes };
    const kernel = await loadFrontend(parameters);
    const definition = new Frontend(parameters, 'typescript', defineLogMel(parameters));
    const samples = noise(20_000);
    const found = differences(kernel.logMel(samples).data, definition.logMel(samples).data);
    expect(found.largest).toBeLessThan(2e-3);
    expect(found.mean).toBeLessThan(2e-5);
  });

  it('in silence, and at full scale', async () => {
    const kernel = await loadFrontend();
    expect([...new Set(kernel.logMel(new Float32Array(16_000)).data)]).toEqual([
      Math.fround(Math.log(0.001)),
    ]);
    const definition = new Frontend(FRILL_FRONTEND, 'typescript', defineLogMel(FRILL_FRONTEND));
    const square = Float32Array.from({ length: 16_000 }, (_, n) => (n % 32 < 16 ? 1 : -1));
    expect(differences(kernel.logMel(square).data, definition.logMel(square).data).largest).toBeLessThan(
      2e-3,
    );
  });
});

it('gives a frame the same bits wherever it stands among others', async () => {
  const frontend = await loadFrontend();
  const samples = noise(160_000);
  const { data, frames } = frontend.frames(samples);
  for (const frame of [0, 1, 2, 3, 254, 255, 256, 257, frames - 1]) {
    const alone = frontend.frames(samples.subarray(frame * 160, frame * 160 + 400));
    expect(alone.data).toEqual(data.slice(frame * 64, (frame + 1) * 64));
  }
});
