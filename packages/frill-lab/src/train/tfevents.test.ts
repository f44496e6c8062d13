import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { expect, test } from 'vitest';
import { unframeRecords } from '../corpus/tfrecord.js';
import { openEventFile } from './tfevents.js';

/** Fields of a message by number; a repeated field keeps all its values. */
function fields(message: Uint8Array): Map<number, unknown[]> {
  const found = new Map<number, unknown[]>();
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    const value = { 0: () => Number(reader.int64()), 1: () => reader.double(), 5: () => reader.float() }[
      type as 0 | 1 | 5
    ];
    found.set(field, [...(found.get(field) ?? []), value ? value() : reader.bytes()]);
  }
  return found;
}

const text = (bytes: unknown) => new TextDecoder().decode(bytes as Uint8Array);

test('the file starts with its version and holds tags, steps, times and values', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'frill-events-'));
  try {
    const events = await openEventFile(folder, 1000.5);
    await events.scalars(40, { loss: 0.25, 'validation loss': 0.5 }, 1001.5);
    const [version, event, ...rest] = [...unframeRecords(await readFile(events.path))].map(fields);
    expect(rest).toEqual([]);
    expect(version.get(1)).toEqual([1000.5]);
    expect(text(version.get(3)?.[0])).toBe('brain.Event:2');
    expect([event.get(1), event.get(2)]).toEqual([[1001.5], [40]]);
    const values = fields(event.get(5)?.[0] as Uint8Array).get(1) as Uint8Array[];
    expect(values.map(fields).map((value) => [text(value.get(1)?.[0]), value.get(2)?.[0]])).toEqual([
      ['loss', 0.25],
      ['validation loss', 0.5],
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
