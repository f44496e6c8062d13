import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FRILL_FRONTEND, SAMPLE_RATE } from 'frill-audio';
import { expect, test } from 'vitest';
import { random } from '../../tensor/random.js';
import { AUGMENTATIONS, type Augmentation, augmentationSchema, readAugmentation } from './augmentation.js';
import { bandLimit } from './band-limit.js';
import { levelOf } from './level.js';
import { maskBands, maskTime } from './masks.js';
import { dropQuiet } from './spectral-holes.js';
import { atSpeed } from './speed.js';
import { varySound, varySpectrogram } from './vary.js';

const tone = (frequency: number, length = SAMPLE_RATE) =>
  Float32Array.from({ length }, (_, i) => 0.3 * Math.sin((2 * Math.PI * frequency * i) / SAMPLE_RATE));
const decibels = (ratio: number) => 20 * Math.log10(ratio);
const crossings = (samples: Float32Array) =>
  samples.filter((value, i) => i > 0 && value >= 0 && samples[i - 1] < 0).length;

test('a band is limited at both ends, and not at all where its ends are open', () => {
  const gain = (frequency: number, low: number, high: number) =>
    decibels(levelOf(bandLimit(tone(frequency), low, high)) / levelOf(tone(frequency)));
  expect(gain(1_000, 300, 3_000)).toBeCloseTo(0, 0);
  expect(gain(75, 300, 3_000)).toBeLessThan(-40);
  expect(gain(6_000, 300, 3_000)).toBeLessThan(-24);
  expect(bandLimit(tone(100), 0, 8_000)).toEqual(tone(100));
});

test('speed changes the pitch by its factor and keeps the length', () => {
  const fast = atSpeed(tone(400, 1.25 * SAMPLE_RATE), 1.25, SAMPLE_RATE);
  expect(fast).toHaveLength(SAMPLE_RATE);
  expect(Math.abs(crossings(fast) - 500)).toBeLessThan(3);
  expect([...atSpeed(tone(400, 1000), 1, 1200).subarray(1000)]).toEqual(Array(200).fill(0));
});

test('masks take out one stretch of frames or bands, no wider than asked', () => {
  const window = () => Float32Array.from({ length: 96 * 64 }, (_, i) => Math.sin(i));
  for (let seed = 0; seed < 20; seed++) {
    const [inTime, inBands] = [window(), window()];
    maskTime(inTime, 64, 10, random(seed));
    maskBands(inBands, 64, 8, random(seed));
    const before = window();
    const changed = (masked: Float32Array) => [...masked.keys()].filter((i) => masked[i] !== before[i]);
    const frames = new Set(changed(inTime).map((i) => Math.floor(i / 64)));
    const bands = new Set(changed(inBands).map((i) => i % 64));
    for (const [found, most] of [[frames, 10] as const, [bands, 8] as const]) {
      expect(found.size).toBeGreaterThan(0);
      expect(found.size).toBeLessThanOrEqual(most);
      expect(Math.max(...found) - Math.min(...found)).toBe(found.size - 1);
    }
  }
});

test('of each frame what is quiet beside its loudest band is dropped', () => {
  const window = Float32Array.from([0, -1, -5, -2, -2, -2.5]);
  dropQuiet(window, 3, 10, -7);
  expect([...window]).toEqual([0, -1, -7, -2, -2, -2.5]);
});

const clip = tone(440, 4000);
const sounds = { noise: () => tone(2_000), voice: () => tone(300) };
const apply = (augmentation: Augmentation, seed: string | number) =>
  varySound(clip, augmentation, random(seed), sounds);

/** How many of 40 windows come out changed. */
function changedBy(augmentation: Augmentation): number {
  const spectrogram = Float32Array.from({ length: 96 * 64 }, (_, i) => -3 - 3 * Math.sin(i / 5));
  let changed = 0;
  for (let seed = 0; seed < 40; seed++) {
    const window = spectrogram.slice();
    varySpectrogram(window, augmentation, random(seed), FRILL_FRONTEND);
    const heard = apply(augmentation, seed);
    const again = apply(augmentation, seed);
    expect(heard.every((value, i) => value === again[i])).toBe(true);
    if (heard.some((value, i) => value !== clip[i]) || window.some((value, i) => value !== spectrogram[i]))
      changed++;
  }
  return changed;
}

test.each(Object.keys(AUGMENTATIONS.usual))('%s happens as often as the augmentation says', (name) => {
  const change = new Map(Object.entries(AUGMENTATIONS.usual)).get(name);
  const often = (probability: number) =>
    changedBy(augmentationSchema.parse({ [name]: { ...change, probability } }));
  expect(often(0)).toBe(0);
  expect(Math.abs(often(0.5) - 20)).toBeLessThan(12);
});

test('a change draws the same whether or not another is in the augmentation', () => {
  const gain = { probability: 1, decibels: [-20, 20] } as const;
  const alone = apply({ gain: { ...gain, decibels: [-20, 20] } }, 5);
  const beside = apply(
    { gain: { ...gain, decibels: [-20, 20] }, noise: { probability: 0, ratio: [0, 30] } },
    5,
  );
  expect(beside).toEqual(alone);
});

test('an augmentation is read from a file, and a wrong one refused by its place', async () => {
  const path = join(tmpdir(), `frill-augmentation-${process.pid}.json`);
  await writeFile(path, '{"gain": {"probability": 0.5, "decibels": [-3, 3]}}');
  expect(await readAugmentation(path)).toEqual({ gain: { probability: 0.5, decibels: [-3, 3] } });
  await writeFile(path, '{"gain": {"probability": 1.5, "decibels": [-3, 3]}}');
  await expect(readAugmentation(path)).rejects.toThrow('gain.probability');
  await expect(readAugmentation('unusual')).rejects.toThrow('usual');
});
