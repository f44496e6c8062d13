import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { trillConfigSchema } from '../models/trill.js';
import { contentName } from '../run/content-name.js';
import { random } from '../tensor/random.js';
import { PairOrder } from './clip-pairs.js';
import { openTeacher, openTrill } from './open-teacher.js';
import { type TeacherJob, trainTeacher } from './teacher.js';
import { teacherOptionsSchema } from './teacher-options.js';
import type { TeacherRows } from './teacher-rows.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frill-teacher-'));
});
afterEach(() => rm(folder, { recursive: true }));

const [CLIPS, WINDOWS] = [16, 3];

/** Clips of three windows, half a second apart; each clip has a loud band of its own. */
function rows(fatal = Number.POSITIVE_INFINITY): TeacherRows {
  const noise = random('teacher/noise');
  const count = CLIPS * WINDOWS;
  const values = Float32Array.from({ length: count * 96 * 64 }, (_, i) => {
    const clip = Math.floor(i / (96 * 64 * WINDOWS));
    return -3 + (Math.abs((i % 64) - 4 * clip) < 3 ? 3 : 0) + noise.normal(0, 0.5);
  });
  const clip = Uint32Array.from({ length: count }, (_, row) => Math.floor(row / WINDOWS));
  let reads = 0;
  return {
    name: 'made up',
    features: {
      rows: count,
      width: 96 * 64,
      about: 'made up',
      read: async (wanted, into) => {
        if (++reads > fatal) throw new Error('killed');
        for (let i = 0; i < wanted.length; i++)
          into.set(values.subarray(wanted[i] * 96 * 64, (wanted[i] + 1) * 96 * 64), i * 96 * 64);
      },
      close: async () => {},
    },
    featureStatistics: {
      mean: new Float32Array(64).fill(-2.7),
      deviation: new Float32Array(64).fill(1),
    },
    split: {
      train: Uint32Array.from(clip.keys()).filter((row) => clip[row] < 12),
      validation: Uint32Array.from(clip.keys()).filter((row) => clip[row] >= 12),
    },
    windows: { clip, start: Uint32Array.from({ length: count }, (_, row) => 8000 * (row % WINDOWS)) },
  };
}

function job(changes: Partial<TeacherJob> = {}): TeacherJob {
  return {
    config: trillConfigSchema.parse({ stem: 4, widths: [4, 8], depths: [1, 1], embedding: 8 }),
    data: rows(),
    options: teacherOptionsSchema.parse({
      steps: 16,
      clips: 4,
      learningRate: { kind: 'constant', rate: 3e-3 },
      recordEvery: 4,
      validateEvery: 100,
      checkpointEvery: 5,
    }),
    folder,
    threads: 1,
    ...changes,
  };
}

test('pairs are two windows of one clip, no farther apart than asked where there are such', () => {
  const { windows, split } = rows();
  const order = new PairOrder(windows, split.train, 'seed', 8000);
  expect(order.clips).toBe(12);
  for (let step = 0; step < 6; step++) {
    const { rows: chosen, labels } = order.batch(step, 5);
    for (let i = 0; i < 10; i += 2) {
      expect(chosen[i]).not.toBe(chosen[i + 1]);
      expect([windows.clip[chosen[i]], windows.clip[chosen[i + 1]]]).toEqual([labels[i], labels[i + 1]]);
      expect(Math.abs(windows.start[chosen[i]] - windows.start[chosen[i + 1]])).toBe(8000);
    }
  }
  expect(new PairOrder(windows, split.train, 'seed', 8000).batch(3, 5)).toEqual(order.batch(3, 5));
});

test('a teacher trains, is stored whole, and opens as a representation', async () => {
  const { teacher, history } = await trainTeacher(job());
  expect(history.at(-1)?.step).toBe(16);
  expect(teacher.validation?.windows).toBeGreaterThan(0);
  expect((await readdir(folder)).sort()).toEqual([
    'events',
    'history.jsonl',
    'teacher.json',
    'weights.safetensors',
  ]);

  await expect(openTeacher(`${folder}:layer20`)).rejects.toThrow("no output 'layer20'. It has: layer19");
  const layer19 = await openTeacher(folder);
  const embedding = await openTrill(folder, { output: 'embedding' });
  expect([layer19.dimension, embedding.dimension]).toEqual([12 * 8 * 32, 8]);
  const stream = random('sound');
  const long = Float32Array.from({ length: 48_000 }, () => stream.normal(0, 0.1));
  const whole = await embedding.embed(long);
  expect(whole.count).toBe(12);
  // Whatever the batch, a window gives the same vector.
  const second = await embedding.embed(long.slice(2720, 2720 + 16_000));
  for (let i = 0; i < 8; i++) expect(second.data[i]).toBeCloseTo(whole.data[8 + i], 4);
  expect(Math.hypot(...second.data)).toBeCloseTo(1, 5);
  layer19.close();
  embedding.close();
});

test('killed and started again, it gives the same weights as when left alone', async () => {
  const whole = await trainTeacher(job({ folder: join(folder, 'whole') }));
  const killed = join(folder, 'killed');
  await expect(trainTeacher(job({ folder: killed, data: rows(9) }))).rejects.toThrow('killed');
  const resumed = await trainTeacher(job({ folder: killed }));
  for (const [name, { data }] of whole.teacher.weights) {
    const bytes = (from: Float32Array) =>
      contentName(new Uint8Array(from.buffer, from.byteOffset, from.byteLength));
    expect(bytes(resumed.teacher.weights.get(name)?.data ?? new Float32Array()), name).toBe(bytes(data));
  }
});

test('statistics are measured afresh also where no clips are held out', async () => {
  const all = rows();
  const without = { ...all, split: { ...all.split, validation: new Uint32Array(0) } };
  const { teacher: measured } = await trainTeacher(job({ folder: join(folder, 'held-out'), data: all }));
  const { teacher } = await trainTeacher(job({ folder: join(folder, 'none'), data: without }));
  expect(measured.validation).toBeDefined();
  expect(teacher.validation).toBeUndefined();
  for (const [name, { data }] of measured.weights)
    expect(teacher.weights.get(name)?.data, name).toEqual(data);
});

test('the untrained network is measured once, however often there is validation', async () => {
  const reads = async (validateEvery: number) => {
    let count = 0;
    const data = rows();
    const read: typeof data.features.read = (wanted, into) => {
      count++;
      return data.features.read(wanted, into);
    };
    const options = teacherOptionsSchema.parse({ steps: 4, clips: 4, recordEvery: 4, validateEvery });
    const counted = { ...data, features: { ...data.features, read } };
    await trainTeacher(job({ folder: join(folder, String(validateEvery)), options, data: counted }));
    return count;
  };
  // Sixteen batches of held-out pairs more for each validation.
  expect((await reads(1)) - (await reads(4))).toBe(3 * 16);
});

test('too few clips of two windows, and a folder without a teacher, are refused with what to do', async () => {
  const options = teacherOptionsSchema.parse({ steps: 2, clips: 13 });
  await expect(trainTeacher(job({ options }))).rejects.toThrow(/only 12 clips.*a step needs 13/);
  await expect(openTrill(folder)).rejects.toThrow(/frill teacher train/);
});
