import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from 'frill-audio';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeNpy } from '../tensor/npy.js';
import { tensor } from '../tensor/tensor.js';
import { EMBEDDING_FILES, writeEmbeddings } from './embedding-file.js';
import type { EmbeddingRow } from './embedding-table.js';
import { readEmbeddings } from './read-embeddings.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frill-embeddings-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function* rows(): AsyncGenerator<EmbeddingRow> {
  for (let i = 0; i < 300; i++)
    yield { clip: `${i}.wav`, time: 0.4875, embedding: Float32Array.of(i, i + 1, i + 2) };
}

it('takes a table without times', async () => {
  const path = join(folder, 'own.csv');
  await writeFile(path, '\ufeffclip,a,b\nx.wav,1,-2e3\ny.wav,nan,0\n');
  const { dimension, clips, times, data } = await readEmbeddings(path);
  expect([dimension, clips]).toEqual([2, ['x.wav', 'y.wav']]);
  expect(times).toEqual([Number.NaN, Number.NaN]);
  expect([...data]).toEqual([1, -2000, Number.NaN, 0]);
});

it.each(EMBEDDING_FILES)('%s that is absent, cut off or something else is refused', async (extension) => {
  const path = join(folder, `cut${extension}`);
  await expect(readEmbeddings(path)).rejects.toThrow(InputError);
  await writeEmbeddings(path, 3, rows());
  const whole = await readFile(path);
  await writeFile(path, whole.subarray(0, whole.length - 3));
  // A CSV that ends within its last number is a CSV still.
  if (extension !== '.csv') await expect(readEmbeddings(path)).rejects.toThrow(InputError);
  await writeFile(path, 'something else\n'.repeat(40));
  await expect(readEmbeddings(path)).rejects.toThrow(InputError);
  await writeFile(path, '');
  await expect(readEmbeddings(path)).rejects.toThrow(InputError);
});

const CSV_FAULTS: [string, string, RegExp][] = [
  ['an unfinished quote', 'clip,time,e0\n"unfinished', /not a table of embeddings/],
  ['a short row', 'clip,time,e0\nx,0,1\ny,0\n', /line 3/],
  ['a word', 'clip,time,e0\nx,0,1\ny,0,one\n', /'one' in column 'e0' of row 2 is not a number/],
  ['no clips', 'path,time,e0\nx,0,1\n', /no column 'clip'/],
  ['no values', 'clip,time\nx,0\n', /no vectors/],
];

it.each(CSV_FAULTS)('refuses a CSV with %s', async (_, text, message) => {
  const path = join(folder, 'fault.csv');
  await writeFile(path, text);
  await expect(readEmbeddings(path)).rejects.toThrow(message);
});

it('says what a .npy lacks', async () => {
  const path = join(folder, 'alone.npy');
  await writeFile(path, encodeNpy(tensor([2, 2], [1, 2, 3, 4])));
  await expect(readEmbeddings(path)).rejects.toThrow(/alone.rows.csv/);
  await writeFile(join(folder, 'alone.rows.csv'), 'clip,time\nx,0\n');
  await expect(readEmbeddings(path)).rejects.toThrow(/2 rows, and 1 names/);
});

const TABLES = fileURLToPath(new URL('../../../../testing/tables/', import.meta.url));

it.each([
  'none',
  'snappy',
  'zstd',
  'gzip',
  'lz4',
  'brotli',
  'fixed-size-list',
  'integer-time',
  'empty-time',
  'integer-clip',
])('reads Parquet as others write it: %s', async (name) => {
  const { dimension, clips, times, data } = await readEmbeddings(join(TABLES, `${name}.parquet`));
  expect(dimension).toBe(3);
  expect(clips).toEqual(
    name === 'integer-clip' ? ['7', '8', '9', '10'] : ['0.wav', '1.wav', '2.wav', '3.wav'],
  );
  const halves = [0.5, 1.5, 2.5, 3.5];
  const expected: Record<string, number[]> = {
    'integer-time': [0, 1, 2, 3],
    'empty-time': [0.5, Number.NaN, 2.5, Number.NaN],
    'fixed-size-list': halves.map(() => Number.NaN),
  };
  expect(times).toEqual(expected[name] ?? halves);
  expect([...data]).toEqual([0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31, 32]);
});

it.each([
  ['empty-embedding', /column 'embedding' of row 2 is empty/],
  ['text-embedding', /column 'embedding' of row 1 is not a list of numbers/],
  ['empty-clip', /column 'clip' of row 2 is empty/],
])('refuses Parquet by the column: %s', async (name, message) => {
  await expect(readEmbeddings(join(TABLES, `${name}.parquet`))).rejects.toThrow(message);
});

it('refuses a CSV that is not UTF-8', async () => {
  const path = join(folder, 'latin.csv');
  await writeFile(
    path,
    Buffer.concat([Buffer.from('clip,e0\nm'), Buffer.of(0xe4), Buffer.from('r.wav,1\n')]),
  );
  await expect(readEmbeddings(path)).rejects.toThrow(/not UTF-8: byte 2 of line 2 is 0xe4/);
});
