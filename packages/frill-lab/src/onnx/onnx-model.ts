/**
 * The part of ONNX that the project writes: one graph of nodes over floating-point tensors and int64 constants, encoded as
 * the protobuf messages of onnx.proto3 (onnx/onnx on GitHub; field numbers below are that file's).
 */
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { ModelError } from 'frill-audio';
import type { Shape } from '../tensor/tensor.js';

/** Plain numbers are integers, as almost all of ONNX's attributes are. */
export type OnnxAttribute = number | readonly number[] | string | { readonly float: number };

export interface OnnxNode {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** An extent with a name in place of a number may be any at run time; those of one name are equal. */
export type OnnxExtent = number | string;

/** A tensor that is fed or fetched. */
export interface OnnxTensorInfo<Extent extends OnnxExtent = OnnxExtent> {
  readonly name: string;
  readonly shape: readonly Extent[];
  /** float32 unless told. */
  readonly type?: keyof typeof ELEMENT_TYPES;
}

export interface OnnxConstant {
  readonly name: string;
  readonly shape: Shape;
  readonly data: Float32Array | BigInt64Array;
}

/** `OnnxModel<number>` has fixed shapes only. */
export interface OnnxModel<Extent extends OnnxExtent = OnnxExtent> {
  readonly inputs: readonly OnnxTensorInfo<Extent>[];
  readonly outputs: readonly OnnxTensorInfo<Extent>[];
  readonly constants: readonly OnnxConstant[];
  /** Nodes in topological order. */
  readonly nodes: readonly OnnxNode[];
  /** Outputs that are sequences of float32 tensors; they come before the others. */
  readonly sequences?: readonly string[];
  /** More outputs, of whatever shape they turn out to have; they come last. */
  readonly unshaped?: readonly string[];
  /** Text about the model, by key. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Operators are those of ONNX 1.13 (operator set 18), plus onnxruntime's own domain for FusedMatMul. */
const OPERATOR_SETS = [
  { domain: '', version: 18 },
  { domain: 'com.microsoft', version: 1 },
];
const IR_VERSION = 8;
/** TensorProto.DataType. */
export const ELEMENT_TYPES = { float32: 1, float64: 11 } as const;
export const INT64 = 7;

/** A ModelProto, as the bytes of an .onnx file. At most 2 GiB, protobuf's limit. */
export function encodeModel(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  writer.tag(1, 0).int64(IR_VERSION);
  writer.tag(2, 2).string('frill');
  for (const { domain, version } of OPERATOR_SETS)
    message(writer, 8, () => {
      writer.tag(1, 2).string(domain);
      writer.tag(2, 0).int64(version);
    });
  message(writer, 7, () => {
    for (const node of model.nodes) message(writer, 1, () => encodeNode(writer, node));
    writer.tag(2, 2).string('network');
    for (const constant of model.constants) message(writer, 5, () => encodeConstant(writer, constant));
    for (const input of model.inputs) message(writer, 11, () => encodeInfo(writer, input));
    for (const sequence of model.sequences ?? []) message(writer, 12, () => encodeSequence(writer, sequence));
    for (const output of model.outputs) message(writer, 12, () => encodeInfo(writer, output));
    for (const output of model.unshaped ?? []) message(writer, 12, () => writer.tag(1, 2).string(output));
  });
  for (const [key, value] of Object.entries(model.metadata ?? {}))
    message(writer, 14, () => writer.tag(1, 2).string(key).tag(2, 2).string(value));
  return writer.finish();
}

/**
 * The text that an .onnx file says about itself under a key (ModelProto's `metadata_props`); undefined where it says none.
 * Throws ModelError for bytes that are no such file.
 */
export function readOnnxMetadata(model: Uint8Array, key: string): string | undefined {
  try {
    return metadataOf(model, key);
  } catch (cause) {
    throw new ModelError({ what: 'damaged or not an .onnx file', remedy: 'Copy or export it again', cause });
  }
}

function metadataOf(model: Uint8Array, key: string): string | undefined {
  const file = new BinaryReader(model);
  while (file.pos < file.len) {
    const [field, type] = file.tag();
    if (field !== 14) {
      file.skip(type);
      continue;
    }
    const property = new BinaryReader(file.bytes());
    const texts = new Map<number, string>();
    while (property.pos < property.len) texts.set(property.tag()[0], property.string());
    if (texts.get(1) === key) return texts.get(2);
  }
  return undefined;
}

/** NodeProto. */
function encodeNode(writer: BinaryWriter, node: OnnxNode): void {
  for (const input of node.inputs) writer.tag(1, 2).string(input);
  for (const output of node.outputs) writer.tag(2, 2).string(output);
  // Profiles and error messages name a node by what it computes.
  writer.tag(3, 2).string(node.outputs[0]);
  writer.tag(4, 2).string(node.op);
  for (const [name, attribute] of Object.entries(node.attributes))
    message(writer, 5, () => encodeAttribute(writer, name, attribute));
  if (node.domain !== '') writer.tag(7, 2).string(node.domain);
}

/** AttributeProto. */
function encodeAttribute(writer: BinaryWriter, name: string, attribute: OnnxAttribute): void {
  writer.tag(1, 2).string(name);
  if (typeof attribute === 'number') {
    writer.tag(3, 0).int64(attribute);
    writer.tag(20, 0).int32(2);
  } else if (typeof attribute === 'string') {
    writer.tag(4, 2).string(attribute);
    writer.tag(20, 0).int32(3);
  } else if ('float' in attribute) {
    writer.tag(2, 5).float(attribute.float);
    writer.tag(20, 0).int32(1);
  } else {
    for (const integer of attribute) writer.tag(8, 0).int64(integer);
    writer.tag(20, 0).int32(7);
  }
}

/** TensorProto, with its values as raw little-endian bytes. */
function encodeConstant(writer: BinaryWriter, { name, shape, data }: OnnxConstant): void {
  for (const extent of shape) writer.tag(1, 0).int64(extent);
  writer.tag(2, 0).int32(data instanceof Float32Array ? ELEMENT_TYPES.float32 : INT64);
  writer.tag(8, 2).string(name);
  writer.tag(9, 2).bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

/** ValueInfoProto > TypeProto > Tensor > TensorShapeProto > Dimension. */
function encodeInfo(writer: BinaryWriter, { name, shape, type = 'float32' }: OnnxTensorInfo): void {
  writer.tag(1, 2).string(name);
  message(writer, 2, () =>
    message(writer, 1, () => {
      writer.tag(1, 0).int32(ELEMENT_TYPES[type]);
      message(writer, 2, () => {
        for (const extent of shape)
          message(writer, 1, () =>
            typeof extent === 'string' ? writer.tag(2, 2).string(extent) : writer.tag(1, 0).int64(extent),
          );
      });
    }),
  );
}

/** ValueInfoProto > TypeProto > Sequence > TypeProto > Tensor. */
function encodeSequence(writer: BinaryWriter, name: string): void {
  writer.tag(1, 2).string(name);
  message(writer, 2, () =>
    message(writer, 4, () =>
      message(writer, 1, () => message(writer, 1, () => writer.tag(1, 0).int32(ELEMENT_TYPES.float32))),
    ),
  );
}

function message(writer: BinaryWriter, field: number, body: () => void): void {
  writer.tag(field, 2).fork();
  body();
  writer.join();
}
