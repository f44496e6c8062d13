import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compileOrt } from '../engine/ort/compile.js';
import { buildStudent } from '../models/student.js';
import { type StudentConfig, studentConfigSchema } from '../models/student-config.js';
import { contentName } from '../run/content-name.js';
import { random } from '../tensor/random.js';
import type { Weights } from '../tensor/tensor.js';
import { type DistillationJob, distil } from './distil.js';
import { distillationOptionsSchema } from './distillation-options.js';
import type { DistillationRows } from './distillation-rows.js';
import { studentFolders } from './student-folder.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frill-distil-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A matrix in memory, as the reader of one on disk. */
function matrix(
  rows: number,
  width: number,
  valueAt: (row: number, column: number) => number,
  about = 'made up',
) {
  return {
    rows,
    width,
    about,
    read: async (wanted: ArrayLike<number>, into: Float32Array) => {
      for (let i = 0; i < wanted.length; i++)
        for (let column = 0; column < width; column++) into[i * width + column] = valueAt(wanted[i], column);
    },
    close: async () => {},
  };
}

const [ROWS, TARGETS] = [48, 6];

/** Windows with one loud band each; the teacher says which, in a few soft bumps. */
function rows(changes: Partial<DistillationRows> = {}): DistillationRows {
  const loud = (row: number) => (row * 13) % 64;
  const noise = random('noise');
  const values = Float32Array.from({ length: ROWS * 96 * 64 }, (_, i) => {
    const [row, band] = [Math.floor(i / (96 * 64)), i % 64];
    return -3 + (Math.abs(band - loud(row)) < 4 ? 4 : 0) + noise.normal(0, 0.3);
  });
  return {
    name: 'bands',
    features: matrix(ROWS, 96 * 64, (row, column) => values[row * 96 * 64 + column]),
    targets: matrix(
      ROWS,
      TARGETS,
      (row, column) => 3 + column * Math.exp(-(((loud(row) - 12 * column) / 12) ** 2)),
    ),
    featureStatistics: { mean: new Float32Array(64).fill(-2.5), deviation: new Float32Array(64).fill(1.4) },
    split: {
      train: Uint32Array.from({ length: 40 }, (_, i) => i),
      validation: Uint32Array.from({ length: 8 }, (_, i) => 40 + i),
    },
    ...changes,
  };
}

function job(
  changes: Partial<DistillationJob> & { student?: object; settings?: object } = {},
): DistillationJob {
  const { student, settings, ...rest } = changes;
  return {
    config: studentConfigSchema.parse({
      size: 'tiny',
      width: 0.5,
      pooling: 'gap',
      compression: { kind: 'none' },
      quantization: 'none',
      bottleneck: 32,
      ...student,
    }),
    data: rows(),
    options: distillationOptionsSchema.parse({
      steps: 24,
      batch: 8,
      learningRate: { kind: 'constant', rate: 3e-3 },
      recordEvery: 4,
      validateEvery: 12,
      checkpointEvery: 5,
      ...settings,
    }),
    folder,
    threads: 1,
    ...rest,
  };
}

/** A student that goes through every phase: full, blended, factored, four precisions. */
const everything = { compression: { kind: 'low-rank', rank: 4 }, quantization: 'aware' };

/** Names of contents by tensor: equal where all bytes are. */
function bytes(weights: Weights): Record<string, string> {
  const pairs = [...weights].map(([name, { data }]) => {
    return [name, contentName(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))];
  });
  return Object.fromEntries(pairs);
}

/** A finished student as it is deployed. */
async function compileStudent(config: StudentConfig, weights: Weights) {
  const { graph, input, embedding } = buildStudent(config, { batch: 1, mode: 'inference' });
  return { ...(await compileOrt(graph, [embedding], weights, { threads: 1 })), input };
}

test('a student learns, validates better than the mean, and is stored whole', async () => {
  const { student, history } = await distil(job({ settings: { steps: 60 } }));
  expect(history.at(-1)?.loss).toBeLessThan(0.5 * (history[0]?.loss ?? 0));
  expect(student.validation?.explained).toBeGreaterThan(0.2);
  expect(student.validation?.rows).toBe(8);
  expect([...student.weights.keys()].filter((name) => name.startsWith('embedding_to_target'))).toEqual([]);
  expect((await readdir(folder)).sort()).toEqual([
    'events',
    'history.jsonl',
    'student.json',
    'weights.safetensors',
  ]);
  expect(bytes((await studentFolders.read(folder)).weights)).toEqual(bytes(student.weights));
});

test.each([0.5, 1])('a share of %s of the cosine distance is learnt too', async (cosine) => {
  const { student, history } = await distil(
    job({
      student: { bottleneck: TARGETS },
      settings: { steps: 60, head: 'none', targets: 'centred', cosine },
    }),
  );
  expect(history.at(-1)?.loss).toBeLessThan(0.7 * (history[0]?.loss ?? 0));
  expect(student.validation?.rows).toBe(8);
});

test('killed in any phase and started again, it gives the same weights as when left alone', async () => {
  const whole = await distil(job({ student: everything, folder: join(folder, 'whole') }));
  const killed = join(folder, 'killed');
  for (const fatal of [4, 11, 19]) {
    let read = 0;
    const data = rows();
    const failing = {
      ...data.features,
      read: (wanted: ArrayLike<number>, into: Float32Array) =>
        ++read > fatal ? Promise.reject(new Error('killed')) : data.features.read(wanted, into),
    };
    await expect(
      distil(job({ student: everything, folder: killed, data: rows({ features: failing }) })),
    ).rejects.toThrow('killed');
  }
  const resumed = await distil(job({ student: everything, folder: killed }));
  expect(bytes(resumed.student.weights)).toEqual(bytes(whole.student.weights));
  expect([...resumed.student.weights.keys()].filter((name) => name.startsWith('bottleneck')).sort()).toEqual([
    'bottleneck/bias',
    'bottleneck/factor_b',
    'bottleneck/factor_c',
  ]);
});

test('the same seed gives the same weights, another seed others', async () => {
  const runs = ['1', '1', '2'].map((seed, i) =>
    job({ folder: join(folder, String(i)), settings: { steps: 4, seed } }),
  );
  const [a, b, c] = [await distil(runs[0]), await distil(runs[1]), await distil(runs[2])];
  expect(bytes(b.student.weights)).toEqual(bytes(a.student.weights));
  expect(bytes(c.student.weights)).not.toEqual(bytes(a.student.weights));
});

test('without a head the embedding says the first values of the teacher itself', async () => {
  const settings = { steps: 60, head: 'none', targets: 'raw' };
  const { student } = await distil(job({ student: { bottleneck: 4 }, settings }));
  expect(student.validation?.explained).toBeGreaterThan(0.2);
  const program = await compileStudent(student.config, student.weights);
  const window = new Float32Array(96 * 64);
  await rows().features.read([47], window);
  const [{ data: embedding }] = await program.run(new Map([[program.input, window]]));
  const target = new Float32Array(TARGETS);
  await rows().targets.read([47], target);
  for (let i = 0; i < 4; i++) expect(Math.abs(embedding[i] - target[i])).toBeLessThan(2);
  await program.close();
  await expect(
    distil(job({ student: { bottleneck: 7 }, settings, folder: join(folder, 'wide') })),
  ).rejects.toThrow('of 7 values');
});

test('averaged weights go on from a checkpoint as if nothing had happened, and are what is exported', async () => {
  const settings = { steps: 40, averaging: 0.9, freezeStatistics: 0.4 };
  const whole = await distil(job({ settings, folder: join(folder, 'whole') }));
  const stopping = new AbortController();
  const advance = (done: number) => done === 30 && stopping.abort();
  const progress = { start: () => ({ advance, finish() {} }), say() {} };
  const stopped = { settings, folder: join(folder, 'stopped') };
  await expect(distil(job({ ...stopped, progress, signal: stopping.signal }))).rejects.toThrow('aborted');
  const resumed = await distil(job(stopped));
  expect(bytes(resumed.student.weights)).toEqual(bytes(whole.student.weights));
  const plain = await distil(job({ settings: { ...settings, averaging: 0 }, folder: join(folder, 'plain') }));
  expect(bytes(plain.student.weights)).not.toEqual(bytes(whole.student.weights));
});

test('a training that starts from another student goes on where that one was', async () => {
  const first = await distil(job({ settings: { steps: 60, head: 'none' }, student: { bottleneck: 4 } }));
  const again = (steps: number, from?: typeof first.student) =>
    distil(
      job({
        settings: {
          steps,
          head: 'none',
          learningRate: { kind: 'constant', rate: 1e-5 },
          freezeStatistics: 0,
        },
        student: { bottleneck: 4 },
        folder: join(folder, `again-${steps}-${from?.name}`),
        from,
      }),
    );
  const [warm, cold] = [await again(1, first.student), await again(1)];
  expect(warm.student.validation?.explained).toBeCloseTo(first.student.validation?.explained ?? 0, 1);
  expect(warm.student.validation?.explained).toBeGreaterThan(cold.student.validation?.explained ?? 1);
  await expect(
    distil(job({ student: { bottleneck: 5 }, folder: join(folder, 'other'), from: first.student })),
  ).rejects.toThrow('4 values, not 5');
});

test('a finished student is returned at once, and another job refused its folder', async () => {
  const first = await distil(job({ settings: { steps: 2 } }));
  const unread = rows({ features: matrix(ROWS, 96 * 64, () => Number.NaN) });
  const again = await distil(job({ settings: { steps: 2 }, data: unread }));
  expect(bytes(again.student.weights)).toEqual(bytes(first.student.weights));
  await expect(distil(job({ settings: { steps: 3 } }))).rejects.toThrow('another student');
});

test('stopped by a signal, it leaves a checkpoint', async () => {
  const stop = new AbortController();
  stop.abort();
  await expect(distil(job({ signal: stop.signal }))).rejects.toMatchObject({ name: 'AbortError' });
  expect(await readdir(folder)).toContain('checkpoint-00000000.safetensors');
});

test.each([
  [
    'NaN in the teacher',
    { targets: matrix(ROWS, TARGETS, (row) => (row === 7 ? Number.NaN : 1)) },
    /row 7 of the targets/,
  ],
  ['features of another front end', { features: matrix(ROWS, 80 * 96, () => 0) }, /96 frames of 64 bands/],
  [
    'targets of other windows',
    { targets: matrix(ROWS - 1, TARGETS, () => 0) },
    /47 rows of targets beside 48/,
  ],
  [
    'no rows',
    { split: { train: new Uint32Array(0), validation: new Uint32Array(0) } },
    /nothing to train on/,
  ],
])('%s is refused with its reason', async (_title, changes, message) => {
  await expect(distil(job({ data: rows(changes) }))).rejects.toThrow(message);
});

test('a training that explodes says so', async () => {
  const options = { learningRate: { kind: 'constant', rate: 1e18 } };
  await expect(distil(job({ settings: options }))).rejects.toThrow(
    /no longer finite at step \d+.*learning rate/i,
  );
});
