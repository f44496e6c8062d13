/**
 * Embeddings from disk, in the formats of `embedding-file.ts`, ours or made elsewhere. What a file needs is a name for each row's
 * clip, and its vector; the time may be absent.
 */
import { parse as parseCsv } from 'csv-parse/sync';
import { InputError } from 'frill-audio';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { readNpy } from '../tensor/npy.js';
import { readText } from '../text/decode-text.js';
import { whyUnread } from '../text/unread.js';
import { extensionOf, rowsFileOf } from './embedding-file.js';
import type { EmbeddingTable } from './embedding-table.js';
import { readTfrecord } from './embedding-tfrecord.js';

/**
 * Reads a file that `frill embed` wrote, another with the same columns, or a TFRecord of the original tools. Throws InputError
 * for anything else, and for a file that is absent, damaged or empty.
 */
export async function readEmbeddings(path: string): Promise<EmbeddingTable> {
  const read = { '.npy': readNpyTable, '.parquet': readParquet, '.csv': readCsv, '.tfrecord': readTfrecord };
  const format = extensionOf(path);
  let table: EmbeddingTable;
  try {
    table = await read[format](path);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    if (cause instanceof Error && 'syscall' in cause) {
      const where = 'path' in cause && typeof cause.path === 'string' ? cause.path : path;
      throw new InputError({ what: whyUnread(cause, where), where, remedy: 'Check the path', cause });
    }
    throw foreign(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (table.dimension === 0 || table.clips.length === 0) throw foreign(path, 'it holds no vectors');
  return table;
}

async function readNpyTable(path: string): Promise<EmbeddingTable> {
  const { shape, data } = readNpy(path);
  const rowsFile = rowsFileOf(path);
  const rows = csvRecords(await readText(rowsFile), rowsFile);
  if (shape.length !== 2) throw foreign(path, `its shape is [${shape.join(', ')}], not [rows, values]`);
  if (rows.length !== shape[0])
    throw foreign(path, `it has ${shape[0]} rows, and ${rows.length} names for them in ${rowsFile}`);
  return {
    dimension: shape[1],
    clips: rows.map(({ clip }) => clip),
    times: rows.map(timeOf),
    data: Float32Array.from(data),
  };
}

async function readCsv(path: string): Promise<EmbeddingTable> {
  const rows = csvRecords(await readText(path), path);
  const values = Object.keys(rows[0] ?? {}).filter((column) => column !== 'clip' && column !== 'time');
  const data = new Float32Array(rows.length * values.length);
  for (const [row, record] of rows.entries())
    for (const [at, column] of values.entries()) {
      const text = record[column].trim();
      const value = Number(text);
      // What numpy, pandas and R write for a value that is not finite is let through, to be counted with the others.
      if (text === '' || (Number.isNaN(value) && !/^(nan|na|[+-]?inf(inity)?)$/i.test(text)))
        throw foreign(path, `'${text}' in column '${column}' of row ${row + 1} is not a number`);
      data[row * values.length + at] = value;
    }
  return { dimension: values.length, clips: rows.map(({ clip }) => clip), times: rows.map(timeOf), data };
}

async function readParquet(path: string): Promise<EmbeddingTable> {
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path), compressors });
  if (rows.length === 0) throw foreign(path, 'it holds no rows');
  const columns = Object.keys(rows[0]);
  for (const needed of ['clip', 'embedding'])
    if (!columns.includes(needed))
      throw foreign(path, `it has no column '${needed}'; its columns are ${columns.join(', ')}`);
  const vectors = rows.map(({ embedding }, row) => vectorOf(embedding, path, row));
  const dimension = vectors[0]?.length ?? 0;
  const data = new Float32Array(vectors.length * dimension);
  for (const [row, vector] of vectors.entries()) {
    if (vector.length !== dimension)
      throw foreign(
        path,
        `row ${row + 1} has ${vector.length} values in column 'embedding', those before ${dimension}`,
      );
    data.set(vector, row * dimension);
  }
  return {
    dimension,
    clips: rows.map(({ clip }, row) => nameOf(clip, path, row)),
    times: rows.map(({ time }, row) => secondsOf(time, path, row)),
    data,
  };
}

function vectorOf(value: unknown, path: string, row: number): ArrayLike<number> {
  if (value instanceof Float32Array || value instanceof Float64Array) return value;
  if (Array.isArray(value)) {
    const numbers = value.map((one: unknown) => (typeof one === 'bigint' ? Number(one) : one));
    if (numbers.every((one): one is number => typeof one === 'number')) return numbers;
  }
  const found = value === null || value === undefined ? 'empty' : 'not a list of numbers';
  throw foreign(path, `column 'embedding' of row ${row + 1} is ${found}`);
}

/** A clip may be numbered: its name is the number then. */
function nameOf(value: unknown, path: string, row: number): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  throw foreign(
    path,
    `column 'clip' of row ${row + 1} is ${value === null || value === undefined ? 'empty' : 'no name'}`,
  );
}

function secondsOf(value: unknown, path: string, row: number): number {
  if (value === null || value === undefined) return Number.NaN;
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  throw foreign(path, `column 'time' of row ${row + 1} is not a number of seconds`);
}

/** Rows by their header, which must have a column `clip`. */
function csvRecords(text: string, path: string): Record<string, string>[] {
  const records: Record<string, string>[] = parseCsv(text, {
    bom: true,
    columns: true,
    skip_empty_lines: true,
  });
  if (records.length > 0 && !('clip' in records[0])) throw foreign(path, "it has no column 'clip'");
  return records;
}

/** NaN where there is none. */
function timeOf({ time = '' }: Record<string, string>): number {
  return time.trim() === '' ? Number.NaN : Number(time);
}

function foreign(path: string, found: string, cause?: unknown): InputError {
  return new InputError({
    what: `not a table of embeddings: ${found}`,
    where: path,
    remedy: 'Give a file that `frill embed` wrote, or one with the same columns',
    cause,
  });
}
