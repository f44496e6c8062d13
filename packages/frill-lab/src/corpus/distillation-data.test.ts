import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FRILL_FRONTEND, type Frontend, loadFrontend } from 'frill-audio';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { silent } from '../run/progress.js';
import { random } from '../tensor/random.js';
import { readClip } from './clip-audio.js';
import type { Clip } from './corpus.js';
import { type DistillationDataOptions, prepareDistillation } from './distillation-data.js';
import type { Teacher } from './teacher-values.js';
import { encodeWav } from './wav-file.js';
import { prepareWindowFeatures } from './window-features.js';

let base: string;
let folder: string;
let frontend: Frontend;
const clips: Clip[] = [];

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'frill-distillation-'));
  frontend = await loadFrontend(FRILL_FRONTEND);
  for (const seconds of [0.4, 1, 1.5, 2, 3, 1.2, 0, 2.2, 1.1, 1.9]) {
    const stream = random(`clip ${clips.length}`);
    const path = join(base, `${clips.length}.wav`);
    const samples = Float32Array.from({ length: seconds * 16_000 }, () => 0.3 * stream.normal());
    await writeFile(path, seconds === 0 ? 'not audio' : encodeWav(samples));
    clips.push({ id: `${clips.length}`, path, labels: {} });
  }
});
beforeEach(async () => {
  folder = await mkdtemp(join(base, 'cache-'));
});
afterAll(() => rm(base, { recursive: true, force: true }));

/** Answers with the first samples of the window: enough to tell which window it was asked about. */
const echo = (identity = 'echo'): Teacher & { asked: number } => ({
  name: 'echo',
  identity,
  dimension: 3,
  asked: 0,
  async embed(samples) {
    this.asked++;
    return { count: 1, data: samples.slice(0, 3) };
  },
});

const options = (changes: Partial<DistillationDataOptions> = {}): DistillationDataOptions => ({
  clips,
  teacher: echo(),
  frontend,
  windowsPerClip: 3,
  folder,
  seed: 'test',
  validationFraction: 0.2,
  ...changes,
});

async function allRows(reader: {
  rows: number;
  width: number;
  read(rows: number[], into: Float32Array): Promise<void>;
}) {
  const into = new Float32Array(reader.rows * reader.width);
  await reader.read(
    Array.from({ length: reader.rows }, (_unused, row) => row),
    into,
  );
  return into;
}

test('features and targets are of the same windows, row by row', async () => {
  const data = await prepareDistillation(options());
  expect(data.features.rows).toBe(data.targets.rows);
  const features = await allRows(data.features);
  const targets = await allRows(data.targets);
  for (let row = 0; row < data.features.rows; row++) {
    const samples = await readClip(clips[data.windows.clip[row]]);
    const crop = samples.slice(data.windows.start[row], data.windows.start[row] + 15_600);
    expect(targets.slice(3 * row, 3 * row + 3)).toEqual(crop.slice(0, 3));
    expect(features.slice(6144 * row, 6144 * (row + 1))).toEqual(frontend.logMel(crop).data.slice(0, 6144));
  }
  await data.close();
});

test('a clip gives no more windows than it has room for, and a bad one is reported and skipped', async () => {
  const said: string[] = [];
  const data = await prepareDistillation(
    options({ progress: { ...silent, say: (line) => said.push(line) } }),
  );
  const counts = clips.map((_clip, index) => data.windows.clip.filter((clip) => clip === index).length);
  // Room on the grid of 2,720 samples: 1, 1, 4, 7, 12, 2, -, 8, 1, 6; at most 3 are asked for.
  expect(counts).toEqual([1, 1, 3, 3, 3, 2, 0, 3, 1, 3]);
  expect(data.skipped.map(({ id, path }) => ({ id, path }))).toEqual([{ id: '6', path: clips[6].path }]);
  expect(said.filter((line) => line.includes('6.wav'))).toHaveLength(1);
  await expect(prepareDistillation(options({ strict: true, seed: 'else' }))).rejects.toThrow('6.wav');
  await data.close();
});

test('validation holds out whole clips, and the statistics are of the training windows', async () => {
  const data = await prepareDistillation(options());
  const { train, validation } = data.split;
  expect([...train, ...validation].sort((a, b) => a - b)).toEqual([...data.windows.clip.keys()]);
  expect(validation.length).toBeGreaterThan(0);
  const heard = new Set(train.map((row) => data.windows.clip[row]));
  expect(validation.filter((row) => heard.has(data.windows.clip[row]))).toHaveLength(0);

  const into = new Float32Array(train.length * 6144);
  await data.features.read(train, into);
  const band = into.filter((_value, index) => index % 64 === 10);
  const mean = band.reduce((sum, value) => sum + value, 0) / band.length;
  const variance = band.reduce((sum, value) => sum + (value - mean) ** 2, 0) / band.length;
  expect(data.featureStatistics.mean[10]).toBeCloseTo(mean, 4);
  expect(data.featureStatistics.deviation[10]).toBeCloseTo(Math.sqrt(variance), 4);
  await data.close();
});

test('features are computed once for all teachers, and targets once for a teacher', async () => {
  await (await prepareDistillation(options())).close();
  const [features] = (await readdir(folder)).filter((name) => name.startsWith('features-'));
  const before = await stat(join(folder, features, '000000.f32'));
  const same = echo();
  await (await prepareDistillation(options({ teacher: same }))).close();
  expect(same.asked).toBe(0);
  const other = echo('another');
  await (await prepareDistillation(options({ teacher: other }))).close();
  expect(other.asked).toBeGreaterThan(0);
  expect((await stat(join(folder, features, '000000.f32'))).mtimeMs).toBe(before.mtimeMs);
  expect((await readdir(folder)).map((name) => name.split('-')[0]).sort()).toEqual([
    'features',
    'targets',
    'targets',
  ]);
});

test('a stopped run goes on where it was and ends with the same rows', async () => {
  const whole = await prepareDistillation(options());
  const expected = [await allRows(whole.features), await allRows(whole.targets)];
  await whole.close();

  const again = await mkdtemp(join(base, 'stopped-'));
  const stopping = new AbortController();
  const tired: Teacher & { asked: number } = {
    ...echo(),
    async embed(samples) {
      if (++this.asked === 8) stopping.abort();
      return { count: 1, data: samples.slice(0, 3) };
    },
  };
  const stopped = prepareDistillation(options({ folder: again, teacher: tired, signal: stopping.signal }));
  await expect(stopped).rejects.toThrow('aborted');
  const rested = echo();
  const data = await prepareDistillation(options({ folder: again, teacher: rested }));
  expect(rested.asked).toBe(data.features.rows - 8);
  expect([await allRows(data.features), await allRows(data.targets)]).toEqual(expected);
  await data.close();
});

test('a teacher that takes several windows at once gives the same targets', async () => {
  const one = await prepareDistillation(options());
  const teacher: Teacher = {
    ...echo('together'),
    embed: () => Promise.reject(new Error('asked one by one')),
    embedAll: async (windows) => windows.map((samples) => ({ count: 1, data: samples.slice(0, 3) })),
  };
  const together = await prepareDistillation(options({ teacher }));
  expect(await allRows(together.targets)).toEqual(await allRows(one.targets));
  await one.close();
  await together.close();
});

test('other recordings under the same names are other features', async () => {
  const first = await prepareWindowFeatures(options());
  const changed = join(base, 'changed.wav');
  await writeFile(changed, encodeWav(new Float32Array(16_000).fill(0.1)));
  const second = await prepareWindowFeatures(
    options({ clips: [{ ...clips[1], path: changed }, ...clips.slice(2)] }),
  );
  expect(second.name).not.toBe(first.name);
  await first.close();
  await second.close();
});

test.each([
  [
    'two rows a window',
    { count: 2, data: new Float32Array(6) },
    'gives 2 rows and 6 values for one window, not 1 and 3',
  ],
  ['too few values', { count: 1, data: new Float32Array(2) }, 'gives 1 rows and 2 values'],
  ['NaN', { count: 1, data: Float32Array.of(0, Number.NaN, 0) }, 'not finite'],
])('a teacher that gives %s is refused', async (_title, answer, message) => {
  const teacher = { ...echo(), embed: async () => answer };
  await expect(prepareDistillation(options({ teacher }))).rejects.toThrow(message);
});

test('no usable clip at all is an error', async () => {
  await expect(prepareWindowFeatures(options({ clips: [clips[6]] }))).rejects.toThrow(
    'none of 1 clips gave a window',
  );
});
