import { expect, it } from 'vitest';
import { loadFrontend } from './frontend.js';
import { FRILL_FRONTEND } from './parameters.js';

function noise(length: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647 - 0.5;
  });
}

it.each([
  ['a long clip in odd pieces', 40_000, [1, 159, 161, 1000, 7], FRILL_FRONTEND],
  ['a short clip, padded', 5_000, [333], FRILL_FRONTEND],
  ['an empty clip, padded', 0, [1], FRILL_FRONTEND],
  ['blocks longer than a window', 100_000, [30_000, 1], FRILL_FRONTEND],
  ['windows with gaps between', 90_000, [700, 20_000], { ...FRILL_FRONTEND, frameHop: 150 }],
  ['frames with gaps between', 90_000, [100, 3_000], { ...FRILL_FRONTEND, hopLength: 480 }],
])('%s gives the windows of the whole', async (_, length, sizes, parameters) => {
  const frontend = await loadFrontend(parameters);
  const samples = noise(length);
  const stream = frontend.stream();
  const found: number[] = [];
  for (let at = 0, turn = 0; at < samples.length; turn++) {
    const size = sizes[turn % sizes.length];
    found.push(...stream.push(samples.subarray(at, at + size)).data);
    at += size;
  }
  found.push(...stream.finish().data);
  expect(Float32Array.from(found)).toEqual(frontend.windows(samples).data);
});

it.each([
  { windowLength: 0 },
  { hopLength: 1.5 },
  { fftLength: 500 },
  { windowLength: 600 },
  { highestFrequency: 9_000 },
  { logFloor: 0, logOffset: 0 },
])('refuses %o', async (wrong) => {
  await expect(loadFrontend({ ...FRILL_FRONTEND, ...wrong })).rejects.toThrow(/impossible front-end/);
});
