import { copyFile, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Frontend, InputError, loadFrontend } from 'frill-audio';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { AUGMENTATIONS, augmentationSchema } from '../corpus/augment/augmentation.js';
import type { Clip } from '../corpus/corpus.js';
import type { Teacher } from '../corpus/teacher-values.js';
import { encodeWav } from '../corpus/wav-file.js';
import { parseStudentName } from '../models/student-config.js';
import { contentName } from '../run/content-name.js';
import { random } from '../tensor/random.js';
import { distil } from './distil.js';
import { distillationOptionsSchema } from './distillation-options.js';
import { openRandomWindows, type RandomWindowsOptions } from './random-windows.js';

let base: string;
let folder: string;
let frontend: Frontend;
const clips: Clip[] = [];

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'frill-random-'));
  frontend = await loadFrontend();
  for (const [index, seconds] of [2, 0.5, 1.3, 3, 1, 2.5, 0].entries()) {
    const stream = random(`clip ${index}`);
    const path = join(base, `${index}.wav`);
    // Louder from second to second, so that a window's level tells where it was cut.
    const samples = Float32Array.from({ length: seconds * 16_000 }, (_, i) => (i / 60_000) * stream.normal());
    await writeFile(path, seconds === 0 ? 'not audio' : encodeWav(samples));
    const language = index % 3 === 2 ? '' : 'en';
    clips.push({ id: `${index}`, path, labels: { language, source: index === 0 ? 'small' : 'large' } });
  }
  await copyFile(clips[0].path, join(base, 'again.wav'));
  clips.push({ id: 'again', path: join(base, 'again.wav'), labels: { language: 'en', source: 'large' } });
});
beforeEach(async () => {
  folder = await mkdtemp(join(base, 'cache-'));
});
afterAll(() => rm(base, { recursive: true, force: true }));

/** Says how loud a window is, in its first and in its second half. */
function listener(): Teacher & { asked: number } {
  const level = (part: Float32Array) => Math.sqrt(part.reduce((sum, x) => sum + x * x, 0) / part.length);
  return {
    name: 'listener',
    identity: 'listener',
    dimension: 2,
    asked: 0,
    async embed(samples) {
      this.asked++;
      return {
        count: 1,
        data: Float32Array.of(level(samples.subarray(0, 7800)), level(samples.subarray(7800))),
      };
    },
  };
}

const options = (changes: Partial<RandomWindowsOptions> = {}): RandomWindowsOptions => ({
  clips,
  teacher: listener(),
  frontend,
  folder,
  seed: 'test',
  spacing: 0.24,
  jitter: 0.5,
  augmentation: {},
  teacherHears: 'clean',
  temperature: 1,
  clusters: 0,
  validationFraction: 0.2,
  loaders: 0,
  ...changes,
});

const STREAM = { seed: 's', batch: 8, first: 0, last: 6 };

async function bytes(changes: Partial<RandomWindowsOptions>, stream = STREAM): Promise<string[]> {
  const data = await openRandomWindows(options(changes));
  const names: string[] = [];
  for await (const batch of data.batches?.(stream) ?? [])
    names.push(contentName(batch.map((part) => contentName(new Uint8Array(part.buffer)))));
  await data.close();
  return names;
}

test('windows are cut anew in every epoch, and their targets are of where they were cut', async () => {
  const data = await openRandomWindows(options());
  expect(data.skipped.map(({ id }) => id)).toEqual(['6']);
  // 2 s leave room for 1 + ceil(1.025 / 0.24) places; the copy of a clip counts once.
  expect(data.features.rows).toBe(6 + 1 + 3 + 10 + 2 + 8);
  const seen = new Set<number>();
  const apart: number[] = [];
  for await (const [features, targets] of data.batches?.({ ...STREAM, last: 20 }) ?? [])
    for (let row = 0; row < 8; row++) {
      seen.add(targets[2 * row]);
      // Log-mel of the second half, averaged, goes with what the listener says of it.
      const half = features.subarray(row * 6144 + 3072, (row + 1) * 6144);
      const level = half.reduce((sum, value) => sum + value, 0) / half.length;
      if (targets[2 * row + 1] > 0.05) apart.push(level - Math.log(targets[2 * row + 1]));
    }
  // Of noise, they are a constant apart.
  expect(apart.length).toBeGreaterThan(50);
  expect(Math.max(...apart) - Math.min(...apart)).toBeLessThan(0.7);
  expect(seen.size).toBeGreaterThan(80);
  await data.close();
});

test('threads, their number and where a run begins make no difference', async () => {
  const augmentation = augmentationSchema.parse(AUGMENTATIONS.usual);
  const whole = await bytes({ augmentation });
  expect(new Set(whole).size).toBe(6);
  expect(await bytes({ augmentation }, { ...STREAM, first: 4 })).toEqual(whole.slice(4));
  for (const loaders of [1, 3]) expect(await bytes({ augmentation, loaders })).toEqual(whole);
  expect(await bytes({ augmentation: {} })).not.toEqual(whole);
});

test('samples and values are computed once, and a larger corpus adds what is new', async () => {
  const first = listener();
  await (await openRandomWindows(options({ clips: clips.slice(0, 2), teacher: first }))).close();
  expect(first.asked).toBe(7);
  const second = listener();
  await (await openRandomWindows(options({ teacher: second }))).close();
  expect(second.asked).toBe(3 + 10 + 2 + 8);
  const third = listener();
  await (await openRandomWindows(options({ teacher: third }))).close();
  expect(third.asked).toBe(0);
});

test('a stopped preparation goes on where it was', async () => {
  const stopping = new AbortController();
  const tired = listener();
  const embed = tired.embed.bind(tired);
  tired.embed = (samples) => {
    // At the last window of the first clip, whose values are kept.
    if (tired.asked === 5) stopping.abort();
    return embed(samples);
  };
  await expect(openRandomWindows(options({ teacher: tired, signal: stopping.signal }))).rejects.toThrow(
    'aborted',
  );
  const rested = listener();
  await (await openRandomWindows(options({ teacher: rested }))).close();
  expect(rested.asked).toBe(1 + 3 + 10 + 2 + 8);
});

test('a teacher that hears the same is asked about the changed windows', async () => {
  const gain = { probability: 1, decibels: [20, 20] as [number, number] };
  const [clean, same] = await Promise.all(
    (['clean', 'same'] as const).map(async (teacherHears, index) => {
      const own = await mkdtemp(join(base, `hears-${index}-`));
      const data = await openRandomWindows(options({ augmentation: { gain }, teacherHears, folder: own }));
      const batch = await data.batches?.(STREAM).next();
      await data.close();
      return batch?.value?.[1];
    }),
  );
  expect(same?.[1] / clean?.[1]).toBeCloseTo(10, 0);
  const speed = { probability: 1, factor: [0.9, 1.1] as [number, number] };
  await expect(openRandomWindows(options({ augmentation: { speed } }))).rejects.toThrow('speed');
});

test('a clip at another speed is a recording of its own, which the teacher hears, and is not held out', async () => {
  const plain = await openRandomWindows(options());
  const slower = listener();
  const data = await openRandomWindows(options({ speeds: [0.8], teacher: slower }));
  const places = (seconds: number) => 1 + Math.ceil(Math.max(0, seconds - 0.975) / 0.24);
  const added = [2, 0.5, 1.3, 3, 1, 2.5].map((seconds) => places(seconds / 0.8));
  expect(slower.asked).toBe(added.reduce((sum, count) => sum + count));
  expect(data.targets.rows).toBe(plain.targets.rows + slower.asked);
  expect(data.split.validation.length).toBe(plain.split.validation.length);
  expect(data.name).not.toBe(plain.name);
  // Of several speeds, each clip has one.
  const either = await openRandomWindows(options({ speeds: [0.8, 0.9] }));
  expect(either.targets.rows).toBeLessThanOrEqual(data.targets.rows);
  expect(either.targets.rows).toBeGreaterThan(plain.targets.rows);
  for (const opened of [plain, data, either]) await opened.close();
});

test('a temperature lets a small source be heard more often', async () => {
  const share = async (temperature: number) => {
    const data = await openRandomWindows(options({ temperature, validationFraction: 0 }));
    let [small, all] = [0, 0];
    const own = await openRandomWindows(
      options({ clips: clips.slice(0, 1), folder: await mkdtemp(join(base, 'one-')) }),
    );
    const levels = new Float32Array(2 * own.targets.rows);
    await own.targets.read(
      Uint32Array.from({ length: own.targets.rows }, (_, i) => i),
      levels,
    );
    for await (const [, targets] of data.batches?.({ ...STREAM, last: 40 }) ?? [])
      for (let row = 0; row < 8; row++, all++) if (targets[2 * row] <= Math.max(...levels)) small++;
    await data.close();
    await own.close();
    return small / all;
  };
  expect(await share(Number.POSITIVE_INFINITY)).toBeGreaterThan(await share(1));
});

test('a store that was cut short is refused by its name', async () => {
  await (await openRandomWindows(options())).close();
  const [blob] = (await readdir(join(folder, 'samples'))).filter((name) => name.endsWith('.bin'));
  await truncate(join(folder, 'samples', blob), 20_000);
  await expect(bytes({ loaders: 0 })).rejects.toThrow(InputError);
});

test('a distillation on them, stopped and gone on with, ends with the same weights', {
  timeout: 60_000,
}, async () => {
  const train = async (name: string, stopAt?: number) => {
    const data = await openRandomWindows(
      options({ augmentation: augmentationSchema.parse(AUGMENTATIONS.usual) }),
    );
    const stopping = new AbortController();
    const advance = (done: number) => done === stopAt && stopping.abort();
    const job = {
      config: parseStudentName('tiny-0.5-gap', { bottleneck: 16 }),
      data,
      options: distillationOptionsSchema.parse({ steps: 10, batch: 8 }),
      folder: join(folder, name),
      threads: 1,
      signal: stopping.signal,
      progress: { start: () => ({ advance, finish() {} }), say() {} },
    };
    try {
      return (await distil(job)).student.weights;
    } finally {
      await data.close();
    }
  };
  const whole = await train('whole');
  await expect(train('stopped', 4)).rejects.toThrow('aborted');
  expect(await train('stopped')).toEqual(whole);
});
