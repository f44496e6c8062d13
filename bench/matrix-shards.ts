/** How fast training rows come from disk: random batches out of a simulated set of a million windows. */
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMatrixReader, type Storage } from '../packages/lab/src/corpus/matrix-shards.js';
import { random } from '../packages/lab/src/tensor/random.js';
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
async function simulate(folder: string, { width, storage }: Case): Promise<void> {
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

async function measure(what: Case): Promise<(string | number)[]> {
  const folder = await mkdtemp(join(tmpdir(), 'frill-bench-matrix-'));
  try {
    await simulate(folder, what);
    const reader = await openMatrixReader(folder);
    const stream = random('bench');
    const into = new Float32Array(what.batch * what.width);
    const before = process.memoryUsage();
    const rates: number[] = [];
    const started = performance.now();
    while (performance.now() - started < SECONDS * 1000) {
      const rows = Uint32Array.from({ length: what.batch }, () => stream.integer(ROWS));
      const start = performance.now();
      await reader.read(rows, into);
      rates.push((1000 * what.batch) / (performance.now() - start));
    }
    const grown = process.memoryUsage().arrayBuffers - before.arrayBuffers;
    await reader.close();
    rates.sort((a, b) => a - b);
    const median = rates[rates.length >> 1];
    const gigabytes = (ROWS * what.width * (what.storage === 'float32' ? 4 : 2)) / 1e9;
    return [what.title, what.storage, what.batch, gigabytes, median, grown / 2 ** 20];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const matrixShards: Benchmark = {
  name: 'matrix-shards',
  summary: 'random training rows out of a million, from disk',
  async run() {
    const rows = [];
    for (const what of CASES) rows.push(await measure(what));
    return {
      title: 'Reading training rows: a million windows, random batches',
      columns: ['rows', 'storage', 'batch', 'GB on disk', 'windows/s (median)', 'buffers grown, MiB'],
      rows,
      notes: [
        'The files are sparse: this measures the reader and the operating system, not a disk.',
        'A trainer takes some hundreds of windows a second (the training benchmark).',
      ],
    };
  },
};
