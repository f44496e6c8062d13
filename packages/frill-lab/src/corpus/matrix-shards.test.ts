import { mkdir, mkdtemp, open, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { random } from '../tensor/random.js';
import { type MatrixDescription, openMatrixReader, openMatrixWriter } from './matrix-shards.js';

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'frill-matrix-'));
});
afterAll(() => rm(base, { recursive: true, force: true }));

/** Row r of width w holds r, r + 1/8, r + 2/8, ... (exact in half precision for small r). */
function rowsFrom(first: number, count: number, width: number): Float32Array {
  return Float32Array.from(
    { length: count * width },
    (_unused, i) => first + Math.floor(i / width) + (i % width) / 8,
  );
}

const description: MatrixDescription = { width: 4, about: { made: 'in a test' }, shardBytes: 5 * 16 };

test.each(['float32', 'float16'] as const)('rows come back in any order, from %s', async (storage) => {
  const folder = join(base, `any-order-${storage}`);
  const writer = await openMatrixWriter(folder, { ...description, storage });
  for (let row = 0; row < 24; row += 3) await writer.append(rowsFrom(row, 3, 4), row + 3);
  await writer.finish();
  const reader = await openMatrixReader(folder);
  expect(reader.rows).toBe(24);
  const wanted = [23, 0, 1, 2, 3, 4, 11, 11, 7];
  const into = new Float32Array(wanted.length * 4);
  await reader.read(wanted, into);
  expect([...into]).toEqual(wanted.flatMap((row) => [...rowsFrom(row, 1, 4)]));
  await expect(reader.read([24], into)).rejects.toThrow('row 24 of 24');
  await reader.close();
});

test('after a kill, only the unfinished shard is lost and the cursor says where to go on', async () => {
  const folder = join(base, 'killed');
  const killed = await openMatrixWriter(folder, description);
  for (let row = 0; row < 13; row++) await killed.append(rowsFrom(row, 1, 4), { next: row + 1 });
  await expect(openMatrixReader(folder)).rejects.toThrow('not finished');

  const resumed = await openMatrixWriter(folder, description);
  expect(resumed.rows).toBe(10);
  expect(resumed.cursor).toEqual({ next: 10 });
  for (let row = 10; row < 17; row++) await resumed.append(rowsFrom(row, 1, 4), { next: row + 1 });
  await resumed.finish();

  const reader = await openMatrixReader(folder);
  const into = new Float32Array(17 * 4);
  await reader.read(
    Array.from({ length: 17 }, (_unused, row) => row),
    into,
  );
  expect([...into]).toEqual([...rowsFrom(0, 17, 4)]);
  expect((await readdir(folder)).filter((file) => file.endsWith('.part'))).toEqual([]);
  await reader.close();
});

test('rows appended together stay in one shard', async () => {
  const folder = join(base, 'together');
  const writer = await openMatrixWriter(folder, description);
  await writer.append(rowsFrom(0, 3, 4), 'a');
  await writer.append(rowsFrom(3, 3, 4), 'b');
  expect(writer.rows).toBe(3);
  expect(writer.cursor).toBe('a');
});

test('another matrix, a missing folder and a damaged shard are refused', async () => {
  const folder = join(base, 'damaged');
  const writer = await openMatrixWriter(folder, description);
  await writer.append(rowsFrom(0, 4, 4), null);
  await writer.finish();
  await expect(openMatrixWriter(folder, { ...description, about: 'else' })).rejects.toThrow(
    'different matrix',
  );
  await expect(openMatrixWriter(folder, { ...description, width: 5 })).rejects.toThrow('different matrix');
  await expect(openMatrixReader(join(base, 'nowhere'))).rejects.toThrow('no matrix here');
  await truncate(join(folder, '000000.f32'), 60);
  await expect(openMatrixReader(folder)).rejects.toThrow('000000.f32: the shard is missing, cut short');
  await writeFile(join(folder, 'index.json'), '{"format": 1');
  await expect(openMatrixReader(folder)).rejects.toThrow('not the index of a matrix');
});

test('a matrix of a million windows is read in constant memory', async () => {
  const folder = join(base, 'million');
  const width = 96 * 64;
  const rowsPerShard = 2730;
  const rows = 1_000_000;
  await mkdir(folder);
  const shards: { file: string; rows: number; cursor: null }[] = [];
  for (let first = 0; first < rows; first += rowsPerShard) {
    const count = Math.min(rowsPerShard, rows - first);
    const file = `${String(shards.length).padStart(6, '0')}.f32`;
    const handle = await open(join(folder, file), 'w');
    // Sparse: 24 GB that take no space. The first value of a shard says which it is.
    await handle.truncate(count * width * 4);
    await handle.write(Float32Array.of(shards.length), 0, 4, 0);
    await handle.close();
    shards.push({ file, rows: count, cursor: null });
  }
  const index = { format: 1, about: null, width, storage: 'float32', complete: true, shards };
  await writeFile(join(folder, 'index.json'), JSON.stringify(index));

  const reader = await openMatrixReader(folder);
  expect(reader.rows).toBe(rows);
  const stream = random('a million');
  const batch = new Float32Array(32 * width);
  const before = process.memoryUsage().arrayBuffers;
  for (let step = 0; step < 100; step++) {
    const shard = stream.integer(shards.length);
    const wanted = [
      shard * rowsPerShard,
      ...Array.from({ length: 31 }, () => 1 + stream.integer(rowsPerShard - 2)),
    ];
    await reader.read(wanted, batch);
    expect(batch[0]).toBe(shard);
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 2 ** 20);
  await reader.close();
});
