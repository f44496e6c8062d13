/**
 * Embeddings as the original tools keep them: a TFRecord file of tf.Example messages, one a clip, with `embedding/{name}` (floats) and
 * `embedding/{name}/shape` ([windows, D]). We add `clip` (its name) and `time` (seconds, one a window); files of others may
 * lack both.
 */
import { readFile } from 'node:fs/promises';
import { InputError } from 'frill-audio';
import { decodeExample, encodeExample, type Feature, textOf } from '../corpus/tf-example.js';
import { frameRecord, unframeRecords } from '../corpus/tfrecord.js';
import { writeWholeWith } from '../run/whole-file.js';
import type { EmbeddingRow, EmbeddingTable } from './embedding-table.js';

const NAME = 'frill';

/** Consecutive rows of one clip become one record. Returns the number of rows. */
export async function writeTfrecord(
  path: string,
  dimension: number,
  rows: AsyncIterable<EmbeddingRow>,
): Promise<number> {
  let count = 0;
  await writeWholeWith(path, async (file) => {
    let group: EmbeddingRow[] = [];
    const writeGroup = async () => {
      if (group.length === 0) return;
      await file.appendFile(frameRecord(encodeExample(exampleOf(group, dimension))));
      group = [];
    };
    for await (const row of rows) {
      if (group.length > 0 && group[0].clip !== row.clip) await writeGroup();
      group.push(row);
      count++;
    }
    await writeGroup();
  });
  return count;
}

function exampleOf(rows: readonly EmbeddingRow[], dimension: number): Map<string, Feature> {
  const values = new Float32Array(rows.length * dimension);
  for (const [index, { embedding }] of rows.entries()) values.set(embedding, index * dimension);
  return new Map<string, Feature>([
    ['clip', { kind: 'bytes', values: [new TextEncoder().encode(rows[0].clip)] }],
    ['time', { kind: 'float', values: Float32Array.from(rows, ({ time }) => time) }],
    [`embedding/${NAME}`, { kind: 'float', values }],
    [`embedding/${NAME}/shape`, { kind: 'int64', values: [rows.length, dimension] }],
  ]);
}

/** Reads the first embedding of each record; clips without a name are numbered from 0. */
export async function readTfrecord(path: string): Promise<EmbeddingTable> {
  const clips: string[] = [];
  const times: number[] = [];
  const parts: Float32Array[] = [];
  let dimension: number | undefined;
  let record = 0;
  for (const bytes of unframeRecords(await readFile(path), path)) {
    const example = decodeExample(bytes, path);
    const name = [...example.keys()].find((key) => /^embedding\/[^/]+$/.test(key)) ?? '';
    const values = example.get(name);
    const shape = example.get(`${name}/shape`);
    const time = example.get('time');
    if (values?.kind !== 'float') throw foreign(path, `record ${record} has no floats under embedding/...`);
    const width = shape?.kind === 'int64' ? shape.values.at(-1)! : values.values.length;
    if (dimension !== undefined && width !== dimension)
      throw foreign(path, `record ${record} is ${width} wide, those before ${dimension}`);
    dimension = width;
    const rows = values.values.length / width;
    if (!Number.isInteger(rows)) throw foreign(path, `record ${record}: its values do not fit its shape`);
    for (let row = 0; row < rows; row++) {
      clips.push(textOf(example, 'clip') || String(record));
      times.push(time?.kind === 'float' ? time.values[row] : Number.NaN);
    }
    parts.push(values.values);
    record++;
  }
  const data = new Float32Array(clips.length * (dimension ?? 0));
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return { dimension: dimension ?? 0, clips, times, data };
}

function foreign(path: string, found: string): InputError {
  return new InputError({
    what: `not a file of embeddings: ${found}`,
    where: path,
    remedy: 'It needs the keys embedding/NAME and embedding/NAME/shape in every record',
  });
}
