/**
 * TensorBoard event files: scalars by tag and step. Records of the protocol buffer `tensorflow.Event`
 * (tensorflow/core/util/event.proto) in TFRecord framing.
 */
import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { frameRecord } from '../corpus/tfrecord.js';
import { onDisk } from '../run/disk-error.js';

/** Field numbers of Event, Summary and Summary.Value, with wire types folded in: `number << 3 | type`. */
const EVENT = { wallTime: (1 << 3) | 1, step: 2 << 3, fileVersion: (3 << 3) | 2, summary: (5 << 3) | 2 };
const SUMMARY_VALUE = (1 << 3) | 2;
const VALUE = { tag: (1 << 3) | 2, simpleValue: (2 << 3) | 5 };

export interface EventFile {
  readonly path: string;
  /** Appends one event with all scalars. Times are seconds since 1970. */
  scalars(step: number, values: Readonly<Record<string, number>>, wallTime?: number): Promise<void>;
}

/**
 * Starts a new event file in a folder. TensorBoard merges all files of a folder, so a resumed run simply starts another
 * one: its steps replace those of the same number.
 */
export async function openEventFile(folder: string, now = Date.now() / 1000): Promise<EventFile> {
  const path = join(folder, `events.out.tfevents.${Math.floor(now)}.${process.pid}.frill`);
  const append = (event: Uint8Array) => onDisk(path, () => appendFile(path, frameRecord(event)));
  await onDisk(folder, () => mkdir(folder, { recursive: true }));
  await append(encodeVersion(now));
  return {
    path,
    scalars: (step, values, wallTime = Date.now() / 1000) => append(encodeScalars(step, values, wallTime)),
  };
}

function encodeVersion(wallTime: number): Uint8Array {
  return new BinaryWriter()
    .uint32(EVENT.wallTime)
    .double(wallTime)
    .uint32(EVENT.fileVersion)
    .string('brain.Event:2')
    .finish();
}

function encodeScalars(step: number, values: Readonly<Record<string, number>>, wallTime: number): Uint8Array {
  const event = new BinaryWriter().uint32(EVENT.wallTime).double(wallTime).uint32(EVENT.step).int64(step);
  event.uint32(EVENT.summary).fork();
  for (const [tag, value] of Object.entries(values))
    event
      .uint32(SUMMARY_VALUE)
      .fork()
      .uint32(VALUE.tag)
      .string(tag)
      .uint32(VALUE.simpleValue)
      .float(value)
      .join();
  return event.join().finish();
}
