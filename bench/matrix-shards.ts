/**
 * How fast training rows come from disk: random batches out of a simulated set of a million windows, and a training that
 * reads its features and targets from there, beside the same training step on rows that are at hand.
 */
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMatrixReader, type Storage } from '../packages/frill-lab/src/corpus/matrix-shards.js';
import { compileTraining } from '../packages/frill-lab/src/engine/ort/training.js';
import { initialise } from '../packages/frill-lab/src/models/initialise.js';
import { buildStudent } from '../packages/frill-lab/src/models/student.js';
import { parseStudentName } from '../packages/frill-lab/src/models/student-config.js';
import { random } from '../packages/frill-lab/src/tensor/random.js';
import { RowOrder, readBatches } from '../packages/frill-lab/src/train/batches.js';
import type { Benchmark } from './table.js';

const ROWS = 1_000_000;
const SHARD_BYTES = 64 * 2 ** 20;
const SECONDS = 3;

interface Case {
  readonly title: string;
  readonly width: number;
  readonly storage: Storage;
  readonly batch: number;
}

const CASES: readonly Case[] = [
  { title: 'features, 96 x 64', width: 6_144, storage: 'float32', batch: 32 },
  { title: 'features, 96 x 64', width: 6_144, storage: 'float32', batch: 128 },
  { title: 'targets, 1,024', width: 1_024, storage: 'float32', batch: 128 },
  { title: 'targets, 12,288', width: 12_288, storage: 'float32', batch: 128 },
  { title: 'targets, 12,288', width: 12_288, storage: 'float16', batch: 128 },
];

/** A finished matrix of sparse files: the size of the real one, none of its disk. */
async function simulate(folder: string, { width, storage }: Pick<Case, 'width' | 'storage'>): Promise<void> {
  const rowBytes = width * (storage === 'float32' ? 4 : 2);
  const rowsPerShard = Math.floor(SHARD_BYTES / rowBytes);
  const shards: { file: string; rows: number; cursor: null }[] = [];
  for (let first = 0; first < ROWS; first += rowsPerShard) {
    const rows = Math.min(rowsPerShard, ROWS - first);
    const file = `${String(shards.length).padStart(6, '0')}.bin`;
    const handle = await open(join(folder, file), 'w');
    await handle.truncate(rows * rowBytes);
    await handle.close();
    shards.push({ file, rows, cursor: null });
  }
  const index = { format: 1, about: 'simulated', width, storage, complete: true, shards };
  await writeFile(join(folder, 'index.json'), JSON.stringify(index));
}

/** What a loop does with batch after batch, for some seconds: the median rate, and what memory it grew by. */
async function paced(
  batch: number,
  next: () => Promise<void>,
): Promise<{ readonly rate: number; readonly grownMiB: number }> {
  const rates: number[] = [];
  // The first batches open files and make buffers.
  for (let warmup = 0; warmup < 3; warmup++) await next();
  const before = process.memoryUsage.rss();
  const started = performance.now();
  while (performance.now() - started < SECONDS * 1000) {
    const start = performance.now();
    await next();
    rates.push((1000 * batch) / (performance.now() - start));
  }
  const grownMiB = (process.memoryUsage.rss() - before) / 2 ** 20;
  rates.sort((a, b) => a - b);
  return { rate: rates[rates.length >> 1], grownMiB };
}

function gigabytes({ width, storage }: Pick<Case, 'width' | 'storage'>): number {
  return (ROWS * width * (storage === 'float32' ? 4 : 2)) / 1e9;
}

async function measure(what: Case): Promise<(string | number)[]> {
  const folder = await mkdtemp(join(tmpdir(), 'frill-bench-matrix-'));
  try {
    await simulate(folder, what);
    const reader = await openMatrixReader(folder);
    const stream = random('bench');
    const into = new Float32Array(what.batch * what.width);
    const { rate, grownMiB } = await paced(what.batch, () =>
      reader.read(
        Uint32Array.from({ length: what.batch }, () => stream.integer(ROWS)),
        into,
      ),
    );
    await reader.close();
    return [what.title, what.storage, what.batch, gigabytes(what), rate, grownMiB];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Features and targets in the order of a training: reading alone, the step alone, and both as `distil` does them. */
async function measureTraining(): Promise<(string | number)[][]> {
  const [batch, target] = [32, 1_024];
  const matrices = [
    { width: 6_144, storage: 'float32' },
    { width: target, storage: 'float32' },
  ] as const;
  const folders = await Promise.all(matrices.map(() => mkdtemp(join(tmpdir(), 'frill-bench-matrix-'))));
  const student = buildStudent(parseStudentName('small-1-gap'), {
    batch,
    mode: 'training',
    targetWidth: target,
  });
  const program = await compileTraining(student.graph, student.loss, {
    threads: 2,
    weights: initialise(student.graph, 0),
  });
  try {
    for (const [i, matrix] of matrices.entries()) await simulate(folders[i], matrix);
    const readers = await Promise.all(folders.map(openMatrixReader));
    const order = new RowOrder(
      Uint32Array.from({ length: ROWS }, (_, row) => row),
      'bench',
    );
    const open = () => readBatches(readers, (step) => order.batch(step, batch), 0, Number.MAX_SAFE_INTEGER);
    const train = async ([features, targets]: readonly Float32Array[]) => {
      await program.step(
        new Map([
          [student.input, features],
          [student.target, targets],
        ]),
        1e-3,
      );
    };
    const numbers = random('bench/step');
    const atHand = matrices.map(({ width }) =>
      Float32Array.from({ length: batch * width }, () => numbers.normal()),
    );
    const [alone, whole] = [open(), open()];
    const measured = {
      'features and targets in training order': await paced(batch, async () => void (await alone.next())),
      'a training step, small, on rows at hand': await paced(batch, () => train(atHand)),
      'the same step on rows from disk': await paced(batch, async () => {
        const { value } = await whole.next();
        await train(value ?? atHand);
      }),
    };
    for (const batches of [alone, whole]) await batches.return(undefined);
    await Promise.all(readers.map((reader) => reader.close()));
    const size = matrices.reduce((sum, matrix) => sum + gigabytes(matrix), 0);
    return Object.entries(measured).map(([title, { rate, grownMiB }]) => [
      title,
      'float32',
      batch,
      title.includes('at hand') ? '' : size,
      rate,
      grownMiB,
    ]);
  } finally {
    await program.close();
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  }
}

export const matrixShards: Benchmark = {
  name: 'matrix-shards',
  summary: 'random training rows out of a million, from disk',
  async run() {
    const rows = [];
    for (const what of CASES) rows.push(await measure(what));
    rows.push(...(await measureTraining()));
    return {
      title: 'Reading training rows: a million windows, random batches',
      columns: ['rows', 'storage', 'batch', 'GB on disk', 'windows/s (median)', 'memory grown, MiB'],
      rows,
      notes: [
        'The files are sparse: this measures the reader and the operating system, not a disk.',
        'Memory: the resident set of the process after the measured seconds against before.',
        'Training: targets of 1,024 values, two threads.',
      ],
    };
  },
};
