/**
 * tf.Example, the protocol buffer that TensorFlow's tools keep in TFRecord files (tensorflow/core/example):
 * a map of names to lists of bytes, floats or integers. NOSS uses the keys `audio`, `label`, `speaker_id`,
 * `embedding/{name}` and `embedding/{name}/shape`.
 */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { InputError } from 'frill-audio';

export type Feature =
  | { readonly kind: 'bytes'; readonly values: readonly Uint8Array[] }
  | { readonly kind: 'float'; readonly values: Float32Array }
  | { readonly kind: 'int64'; readonly values: readonly number[] };

export type Example = ReadonlyMap<string, Feature>;

/** The serialised message. */
export function encodeExample(example: Example): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).fork();
  for (const [name, feature] of example) {
    writer.tag(1, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(name);
    writer.tag(2, WireType.LengthDelimited).fork();
    encodeFeature(writer, feature);
    writer.join().join();
  }
  return writer.join().finish();
}

function encodeFeature(writer: BinaryWriter, feature: Feature): void {
  switch (feature.kind) {
    case 'bytes':
      writer.tag(1, WireType.LengthDelimited).fork();
      for (const value of feature.values) writer.tag(1, WireType.LengthDelimited).bytes(value);
      break;
    case 'float':
      writer.tag(2, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).fork();
      for (const value of feature.values) writer.float(value);
      writer.join();
      break;
    case 'int64':
      writer.tag(3, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).fork();
      for (const value of feature.values) writer.int64(value);
      writer.join();
      break;
  }
  writer.join();
}

/** Reads a serialised message. Throws InputError when it is none. */
export function decodeExample(bytes: Uint8Array, where = 'tf.Example'): Example {
  try {
    const example = new Map<string, Feature>();
    forEachField(new BinaryReader(bytes), (features) => {
      forEachField(new BinaryReader(features), (entry) => {
        let name = '';
        let feature: Feature = { kind: 'bytes', values: [] };
        forEachField(new BinaryReader(entry), (value, field) => {
          if (field === 1) name = new TextDecoder().decode(value);
          else feature = decodeFeature(value);
        });
        example.set(name, feature);
      });
    });
    return example;
  } catch (cause) {
    throw new InputError({
      what: 'a record is not a tf.Example',
      where,
      remedy: 'Only TFRecord files of tf.Example messages can be read',
      cause,
    });
  }
}

function decodeFeature(bytes: Uint8Array): Feature {
  let feature: Feature = { kind: 'bytes', values: [] };
  forEachField(new BinaryReader(bytes), (list, kind) => {
    if (kind === 1) {
      const values: Uint8Array[] = [];
      forEachField(new BinaryReader(list), (value) => values.push(value));
      feature = { kind: 'bytes', values };
    } else if (kind === 2) {
      feature = { kind: 'float', values: Float32Array.from(numbers(list, (reader) => reader.float())) };
    } else {
      feature = { kind: 'int64', values: numbers(list, (reader) => Number(reader.int64())) };
    }
  });
  return feature;
}

/** The numbers of a list, packed into one field (as everything writes them now) or one field each. */
function numbers(bytes: Uint8Array, next: (reader: BinaryReader) => number): number[] {
  const reader = new BinaryReader(bytes);
  const values: number[] = [];
  while (reader.pos < reader.len) {
    const [, wire] = reader.tag();
    const end = wire === WireType.LengthDelimited ? reader.uint32() + reader.pos : reader.pos + 1;
    while (reader.pos < end) values.push(next(reader));
  }
  return values;
}

function forEachField(reader: BinaryReader, visit: (value: Uint8Array, field: number) => void): void {
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (wire !== WireType.LengthDelimited) throw new RangeError(`field ${field} has wire type ${wire}`);
    visit(reader.bytes(), field);
  }
}

/** The first text of a feature; empty where it is absent. */
export function textOf(example: Example, name: string): string {
  const feature = example.get(name);
  if (feature?.kind !== 'bytes' || feature.values[0] === undefined) return '';
  return new TextDecoder().decode(feature.values[0]);
}
