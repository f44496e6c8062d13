/** Writes a model as a .tflite flatbuffer. */
import { Builder } from 'flatbuffers';
import type {
  OptionValue,
  Quantization,
  Signature,
  Subgraph,
  TfliteModel,
  TfliteOperator,
  TfliteTensor,
} from './model.js';
import {
  BUILTIN_OPERATORS,
  OPTIONS,
  type OptionField,
  operatorVersion,
  SLOTS,
  TENSOR_TYPES,
} from './schema.js';

/** XNNPACK and memory mapping want constants at multiples of 16 bytes (`force_align` in the schema). */
const DATA_ALIGNMENT = 16;
/** Operators with greater codes need the newer of the two code fields. */
const LARGEST_OLD_CODE = 127;

/** The bytes of the file. Throws RangeError for an operator or option that the schema data does not have. */
export function writeTflite(model: TfliteModel): Uint8Array {
  const buffers = new SharedBuffers();
  const codes = new OperatorCodes();
  // Subgraphs and metadata are looked through first, so that the buffer and code tables are known.
  for (const subgraph of model.subgraphs)
    for (const { data } of subgraph.tensors) if (data !== undefined) buffers.index(data);
  for (const data of model.metadata.values()) buffers.index(data);

  const builder = new Builder(buffers.bytes + 65_536);
  const bufferTable = offsets(
    builder,
    buffers.all.map((data) => buffer(builder, data)),
  );
  const subgraphs = offsets(
    builder,
    model.subgraphs.map((each) => subgraph(builder, each, buffers, codes)),
  );
  const metadata = offsets(
    builder,
    [...model.metadata].map(([name, data]) => {
      const text = builder.createString(name);
      builder.startObject(2);
      builder.addFieldOffset(SLOTS.Metadata.name, text, 0);
      builder.addFieldInt32(SLOTS.Metadata.buffer, buffers.index(data), 0);
      return builder.endObject();
    }),
  );
  const signatures = offsets(
    builder,
    model.signatures.map((each) => signature(builder, each)),
  );
  const operatorCodes = offsets(builder, codes.write(builder));
  const description = builder.createString(model.description);
  const slots = SLOTS.Model;
  builder.startObject(8);
  builder.addFieldInt32(slots.version, 3, 0);
  builder.addFieldOffset(slots.operatorCodes, operatorCodes, 0);
  builder.addFieldOffset(slots.subgraphs, subgraphs, 0);
  builder.addFieldOffset(slots.description, description, 0);
  builder.addFieldOffset(slots.buffers, bufferTable, 0);
  builder.addFieldOffset(slots.metadata, metadata, 0);
  builder.addFieldOffset(slots.signatures, signatures, 0);
  builder.finish(builder.endObject(), 'TFL3');
  return builder.asUint8Array();
}

/**
 * What subgraphs share: buffers (the first is empty by convention, equal contents are stored once), and the scales of
 * tensors that stand for the same thing at another batch size.
 */
class SharedBuffers {
  readonly all: Uint8Array[] = [new Uint8Array()];
  bytes = 0;
  readonly #known = new Map<Uint8Array, number>();
  readonly #byDigest = new Map<string, number[]>();
  readonly #quantizations = new Map<Quantization, number>();

  /** Offset of the parameters' table, written on first use. */
  quantization(builder: Builder, quantization: Quantization): number {
    const offset = this.#quantizations.get(quantization) ?? quantizationParameters(builder, quantization);
    this.#quantizations.set(quantization, offset);
    return offset;
  }

  index(data: Uint8Array): number {
    const known = this.#known.get(data);
    if (known !== undefined) return known;
    const candidates = this.#byDigest.get(digest(data)) ?? [];
    let index = candidates.find((candidate) => Buffer.compare(this.all[candidate], data) === 0);
    if (index === undefined) {
      index = this.all.push(data) - 1;
      this.bytes += data.length + 2 * DATA_ALIGNMENT;
      this.#byDigest.set(digest(data), [...candidates, index]);
    }
    this.#known.set(data, index);
    return index;
  }
}

/** Cheap and only a first sieve: the length and a sample of the bytes. */
function digest(data: Uint8Array): string {
  const step = Math.max(1, Math.floor(data.length / 64));
  let mixed = 0;
  for (let at = 0; at < data.length; at += step) mixed = Math.imul(mixed ^ data[at], 16_777_619);
  return `${data.length}:${mixed}`;
}

/** The operator codes in use, one for each name and version. */
class OperatorCodes {
  readonly #codes: { op: string; version: number; custom: boolean }[] = [];

  index(op: string, version: number, custom: boolean): number {
    const found = this.#codes.findIndex((code) => code.op === op && code.version === version);
    return found >= 0 ? found : this.#codes.push({ op, version, custom }) - 1;
  }

  write(builder: Builder): number[] {
    const slots = SLOTS.OperatorCode;
    return this.#codes.map(({ op, version, custom }) => {
      const code = BUILTIN_OPERATORS.indexOf(custom ? 'CUSTOM' : op);
      if (code < 0) throw new RangeError(`tflite: the schema has no operator ${op}`);
      const name = custom ? builder.createString(op) : 0;
      builder.startObject(4);
      builder.addFieldInt8(slots.deprecatedBuiltinCode, Math.min(code, LARGEST_OLD_CODE), 0);
      builder.addFieldOffset(slots.customCode, name, 0);
      builder.addFieldInt32(slots.version, version, 1);
      builder.addFieldInt32(slots.builtinCode, code, 0);
      return builder.endObject();
    });
  }
}

function buffer(builder: Builder, data: Uint8Array): number {
  let bytes = 0;
  if (data.length > 0) {
    builder.prep(DATA_ALIGNMENT, data.length);
    bytes = builder.createByteVector(data);
  }
  builder.startObject(1);
  builder.addFieldOffset(SLOTS.Buffer.data, bytes, 0);
  return builder.endObject();
}

function subgraph(builder: Builder, graph: Subgraph, buffers: SharedBuffers, codes: OperatorCodes): number {
  const tensors = offsets(
    builder,
    graph.tensors.map((each) => tensor(builder, each, buffers)),
  );
  const operators = offsets(
    builder,
    graph.operators.map((each) => operator(builder, each, graph, codes)),
  );
  const inputs = int32s(builder, graph.inputs);
  const outputs = int32s(builder, graph.outputs);
  const name = builder.createString(graph.name);
  const slots = SLOTS.SubGraph;
  builder.startObject(5);
  builder.addFieldOffset(slots.tensors, tensors, 0);
  builder.addFieldOffset(slots.inputs, inputs, 0);
  builder.addFieldOffset(slots.outputs, outputs, 0);
  builder.addFieldOffset(slots.operators, operators, 0);
  builder.addFieldOffset(slots.name, name, 0);
  return builder.endObject();
}

function tensor(builder: Builder, each: TfliteTensor, buffers: SharedBuffers): number {
  const { name, shape, type, data, quantization } = each;
  const text = builder.createSharedString(name);
  const extents = int32s(builder, shape);
  const parameters = quantization ? buffers.quantization(builder, quantization) : 0;
  const slots = SLOTS.Tensor;
  builder.startObject(9);
  builder.addFieldOffset(slots.shape, extents, 0);
  builder.addFieldInt8(slots.type, TENSOR_TYPES.indexOf(type), 0);
  builder.addFieldInt32(slots.buffer, data ? buffers.index(data) : 0, 0);
  builder.addFieldOffset(slots.name, text, 0);
  builder.addFieldOffset(slots.quantization, parameters, 0);
  builder.addFieldInt8(slots.hasRank, 1, 0);
  return builder.endObject();
}

function quantizationParameters(builder: Builder, { scales, zeroPoints, axis }: Quantization): number {
  builder.startVector(4, scales.length, 4);
  for (const scale of scales.toReversed()) builder.addFloat32(scale);
  const scale = builder.endVector();
  builder.startVector(8, zeroPoints.length, 8);
  for (const zero of zeroPoints.toReversed()) builder.addInt64(BigInt(zero));
  const zeroPoint = builder.endVector();
  const slots = SLOTS.QuantizationParameters;
  builder.startObject(7);
  builder.addFieldOffset(slots.scale, scale, 0);
  builder.addFieldOffset(slots.zeroPoint, zeroPoint, 0);
  builder.addFieldInt32(slots.quantizedDimension, axis, 0);
  return builder.endObject();
}

function operator(builder: Builder, each: TfliteOperator, graph: Subgraph, codes: OperatorCodes): number {
  const types = each.inputs.filter((input) => input >= 0).map((input) => graph.tensors[input].type);
  const version = each.version ?? operatorVersion(each.op, types);
  const inputs = int32s(builder, each.inputs);
  const outputs = int32s(builder, each.outputs);
  const table = OPTIONS[each.op];
  const options = table ? optionsTable(builder, each, table.fields) : 0;
  const slots = SLOTS.Operator;
  builder.startObject(5);
  builder.addFieldInt32(slots.opcodeIndex, codes.index(each.op, version, each.custom === true), 0);
  builder.addFieldOffset(slots.inputs, inputs, 0);
  builder.addFieldOffset(slots.outputs, outputs, 0);
  builder.addFieldInt8(slots.optionsType, table?.union ?? 0, 0);
  builder.addFieldOffset(slots.options, options, 0);
  return builder.endObject();
}

function optionsTable(
  builder: Builder,
  { op, options }: TfliteOperator,
  fields: Readonly<Record<string, OptionField>>,
): number {
  for (const name of Object.keys(options))
    if (!(name in fields)) throw new RangeError(`tflite: ${op} has no option ${name}`);
  const vectors = new Map<string, number>();
  for (const [name, field] of Object.entries(fields)) {
    const value = options[name];
    if (field.type === 'int32s' && Array.isArray(value)) vectors.set(name, int32s(builder, value));
  }
  builder.startObject(Math.max(0, ...Object.values(fields).map(({ slot }) => slot + 1)));
  for (const [name, field] of Object.entries(fields))
    option(builder, field, options[name], vectors.get(name), `${op}.${name}`);
  return builder.endObject();
}

function option(
  builder: Builder,
  field: OptionField,
  value: OptionValue | undefined,
  vector: number | undefined,
  where: string,
): void {
  if (value === undefined) return;
  if (field.type === 'int32s' && vector !== undefined) builder.addFieldOffset(field.slot, vector, 0);
  else if (field.type === 'int32' && typeof value === 'number')
    builder.addFieldInt32(field.slot, value, field.absent);
  else if (field.type === 'bool' && typeof value === 'boolean')
    builder.addFieldInt8(field.slot, value ? 1 : 0, 0);
  else if (field.type === 'enum' && typeof value === 'string' && field.values.includes(value))
    builder.addFieldInt8(field.slot, field.values.indexOf(value), 0);
  else throw new RangeError(`tflite: ${where} cannot be ${JSON.stringify(value)}`);
}

function signature(builder: Builder, { key, subgraph: index, inputs, outputs }: Signature): number {
  const maps = (named: Readonly<Record<string, number>>) =>
    offsets(
      builder,
      Object.entries(named).map(([name, tensorIndex]) => {
        const text = builder.createString(name);
        builder.startObject(2);
        builder.addFieldOffset(SLOTS.TensorMap.name, text, 0);
        builder.addFieldInt32(SLOTS.TensorMap.tensorIndex, tensorIndex, 0);
        return builder.endObject();
      }),
    );
  const inputMaps = maps(inputs);
  const outputMaps = maps(outputs);
  const text = builder.createString(key);
  const slots = SLOTS.SignatureDef;
  builder.startObject(5);
  builder.addFieldOffset(slots.inputs, inputMaps, 0);
  builder.addFieldOffset(slots.outputs, outputMaps, 0);
  builder.addFieldOffset(slots.key, text, 0);
  builder.addFieldInt32(slots.subgraphIndex, index, 0);
  return builder.endObject();
}

/** A vector of tables or strings. FlatBuffers are written from the back, hence the reversal. */
function offsets(builder: Builder, items: readonly number[]): number {
  builder.startVector(4, items.length, 4);
  for (const item of items.toReversed()) builder.addOffset(item);
  return builder.endVector();
}

function int32s(builder: Builder, values: readonly number[]): number {
  builder.startVector(4, values.length, 4);
  for (const value of values.toReversed()) builder.addInt32(value);
  return builder.endVector();
}
