/**
 * Embeddings from disk, in the formats of `embedding-file.ts`, ours or made elsewhere. What a file needs is a name for each row's
 * clip, and its vector; the time may be absent.
 */
import { readFile } from 'node:fs/promises';
import { parse as parseCsv } from 'csv-parse/sync';
import { InputError } from 'frill-audio';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { z } from 'zod';
import { readNpy } from '../tensor/npy.js';
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
    throw foreign(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (table.dimension === 0 || table.clips.length === 0) throw foreign(path, 'it holds no vectors');
  return table;
}

async function readNpyTable(path: string): Promise<EmbeddingTable> {
  const { shape, data } = readNpy(path);
  const rowsFile = rowsFileOf(path);
  const rows = csvRecords(await readFile(rowsFile, 'utf8'), rowsFile);
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
  const rows = csvRecords(await readFile(path, 'utf8'), path);
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

const parquetRow = z.object({
  clip: z.string(),
  time: z.number().optional(),
  embedding: z.array(z.number()),
});

async function readParquet(path: string): Promise<EmbeddingTable> {
  const objects = await parquetReadObjects({ file: await asyncBufferFromFile(path) });
  const parsed = z.array(parquetRow).safeParse(objects);
  if (!parsed.success)
    throw foreign(path, `its columns are ${Object.keys(objects[0] ?? {}).join(', ') || 'missing'}`);
  const dimension = parsed.data[0]?.embedding.length ?? 0;
  const data = new Float32Array(parsed.data.length * dimension);
  for (const [row, { embedding }] of parsed.data.entries()) {
    if (embedding.length !== dimension)
      throw foreign(path, `row ${row} has ${embedding.length} values, those before ${dimension}`);
    data.set(embedding, row * dimension);
  }
  return {
    dimension,
    clips: parsed.data.map(({ clip }) => clip),
    times: parsed.data.map(({ time }) => time ?? Number.NaN),
    data,
  };
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

function timeOf(record: Record<string, string>): number {
  return Number(record.time ?? Number.NaN);
}

function foreign(path: string, found: string, cause?: unknown): InputError {
  return new InputError({
    what: `not a table of embeddings: ${found}`,
    where: path,
    remedy: 'Give a file that `frill embed` wrote, or one with the same columns',
    cause,
  });
}
