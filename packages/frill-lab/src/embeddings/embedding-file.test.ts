import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from 'frill-audio';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { random } from '../tensor/random.js';
import { EMBEDDING_FILES, writeEmbeddings } from './embedding-file.js';
import type { EmbeddingRow } from './embedding-table.js';
import { readEmbeddings } from './read-embeddings.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frill-embeddings-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** More than one Parquet row group, with names that need quotes. */
async function* rows(count = 1_100): AsyncGenerator<EmbeddingRow> {
  const values = random('rows');
  for (let i = 0; i < count; i++)
    yield {
      clip: i % 2 === 0 ? 'a/plain.wav' : 'said "no", twice.wav',
      time: 0.4875 + 0.17 * i,
      embedding: Float32Array.from({ length: 5 }, () => values.normal(0, 1e3)),
    };
}

it.each(EMBEDDING_FILES)('%s gives back every bit', async (extension) => {
  const path = join(folder, `table${extension}`);
  expect(await writeEmbeddings(path, 5, rows())).toBe(1_100);
  const table = await readEmbeddings(path);
  expect(table.dimension).toBe(5);
  const expected: EmbeddingRow[] = [];
  for await (const row of rows()) expected.push(row);
  expect(table.clips).toEqual(expected.map(({ clip }) => clip));
  // tf.Example has no 64-bit floats.
  const stored = extension === '.tfrecord' ? Math.fround : (time: number) => time;
  expect(table.times).toEqual(expected.map(({ time }) => stored(time)));
  expect([...table.data]).toEqual(expected.flatMap(({ embedding }) => [...embedding]));
});

it.each(EMBEDDING_FILES)('%s is absent when its rows break off', async (extension) => {
  const nested = await mkdtemp(join(folder, 'broken-'));
  async function* broken() {
    yield* rows(700);
    throw new Error('out of battery');
  }
  await expect(writeEmbeddings(join(nested, `table${extension}`), 5, broken())).rejects.toThrow('battery');
  expect(await readdir(nested)).toEqual([]);
});

it('refuses other names', async () => {
  await expect(writeEmbeddings(join(folder, 'x.xlsx'), 5, rows())).rejects.toThrow(InputError);
});
