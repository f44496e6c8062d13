/**
 * Embeddings on disk, one row a window (or a clip): which clip, at what time, the vector. The file's name says how:
 *
 *     .npy      float32 [rows, D] for numpy, and `<stem>.rows.csv` beside it with clip and time of each row
 *     .parquet  columns clip, time, embedding (a list of floats), for pandas, DuckDB and Polars
 *     .csv      columns clip, time, e0, e1, ...
 *     .tfrecord tf.Example messages with the keys of the original tools, one a clip
 *
 * Files are written as rows come, in constant memory, and are whole or absent. `read-embeddings.ts` reads them back.
 */
import { extname } from 'node:path';
import { InputError } from 'frill-audio';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { writeWholeWith } from '../run/whole-file.js';
import { writeNpyRows } from '../tensor/npy-rows.js';
import { csvField } from '../text/csv.js';
import type { EmbeddingRow } from './embedding-table.js';
import { writeTfrecord } from './embedding-tfrecord.js';

export const EMBEDDING_FILES = ['.npy', '.parquet', '.csv', '.tfrecord'] as const;
type Extension = (typeof EMBEDDING_FILES)[number];

/** Rows of a Parquet row group: 4 MB of a 2048-wide embedding. */
const GROUP_ROWS = 512;

/** Writes all rows and returns how many. Throws InputError for another extension, or where nothing can be written. */
export async function writeEmbeddings(
  path: string,
  dimension: number,
  rows: AsyncIterable<EmbeddingRow>,
): Promise<number> {
  const write = {
    '.npy': writeNpy,
    '.parquet': writeParquet,
    '.csv': writeCsv,
    '.tfrecord': writeTfrecord,
  }[extensionOf(path)];
  return write(path, dimension, rows);
}

/** Throws InputError unless embeddings can be written under that name. */
export function extensionOf(path: string): Extension {
  const found = EMBEDDING_FILES.find((extension) => extname(path).toLowerCase() === extension);
  if (found) return found;
  throw new InputError({
    what: `no embedding file has the extension '${extname(path)}'`,
    where: path,
    remedy: `Choose ${EMBEDDING_FILES.join(', ')}`,
  });
}

/** Where the clips and times of a .npy file are. */
export function rowsFileOf(path: string): string {
  return `${path.slice(0, -extname(path).length)}.rows.csv`;
}

async function writeNpy(path: string, dimension: number, rows: AsyncIterable<EmbeddingRow>): Promise<number> {
  let count = 0;
  await writeWholeWith(rowsFileOf(path), async (rowsFile) => {
    await rowsFile.appendFile('clip,time\n');
    await writeWholeWith(path, async (file) => {
      async function* vectors() {
        for await (const { clip, time, embedding } of rows) {
          await rowsFile.appendFile(`${csvField(clip)},${time}\n`);
          yield embedding;
        }
      }
      count = await writeNpyRows(file, [dimension], vectors());
    });
  });
  return count;
}

async function writeCsv(path: string, dimension: number, rows: AsyncIterable<EmbeddingRow>): Promise<number> {
  let count = 0;
  await writeWholeWith(path, async (file) => {
    await file.appendFile(`clip,time,${Array.from({ length: dimension }, (_, i) => `e${i}`).join(',')}\n`);
    for await (const { clip, time, embedding } of rows) {
      // Nine significant digits give every float32 back.
      const values = Array.from(embedding, (value) => Number(value.toPrecision(9)));
      await file.appendFile(`${csvField(clip)},${time},${values.join(',')}\n`);
      count++;
    }
  });
  return count;
}

async function writeParquet(
  path: string,
  _dimension: number,
  rows: AsyncIterable<EmbeddingRow>,
): Promise<number> {
  let count = 0;
  await writeWholeWith(path, async (file) => {
    const writer = new ByteWriter();
    const parquet = new ParquetWriter({
      writer,
      codec: 'UNCOMPRESSED',
      createdBy: 'frill',
      schema: [
        { name: 'root', num_children: 3 },
        { name: 'clip', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
        { name: 'time', type: 'DOUBLE', repetition_type: 'REQUIRED' },
        { name: 'embedding', converted_type: 'LIST', num_children: 1, repetition_type: 'REQUIRED' },
        { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
        { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' },
      ],
    });
    const flush = async () => {
      await file.appendFile(writer.getBytes());
      writer.index = 0;
    };
    let group: EmbeddingRow[] = [];
    const writeGroup = async () => {
      await parquet.write({
        rowGroupSize: GROUP_ROWS,
        columnData: [
          { name: 'clip', data: group.map(({ clip }) => clip) },
          { name: 'time', data: group.map(({ time }) => time) },
          { name: 'embedding', data: group.map(({ embedding }) => Array.from(embedding)), statistics: false },
        ],
      });
      await flush();
      group = [];
    };
    for await (const row of rows) {
      group.push(row);
      count++;
      if (group.length === GROUP_ROWS) await writeGroup();
    }
    if (group.length > 0) await writeGroup();
    await parquet.finish();
    await flush();
  });
  return count;
}
