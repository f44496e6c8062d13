/** Reads a .tflite flatbuffer, also a foreign one, into plain data; constants stay views into the file. */
import { ModelError } from 'frill-audio';
import { type FlatTable, openTflite } from 'frill-audio/internals';
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
  SLOTS,
  TENSOR_TYPES,
  type TensorType,
} from './schema.js';

/** Throws ModelError for an empty, truncated, foreign or inconsistent file; `where` names it in messages. */
export function readTflite(bytes: Uint8Array, where = 'model'): TfliteModel {
  const root = openTflite(bytes, where);
  const slots = SLOTS.Model;
  if (root.uint32(slots.version) !== 3)
    throw damaged(where, `schema version ${root.uint32(slots.version)} instead of 3`);
  const buffers = root.tables(slots.buffers).map((table) => table.bytes(SLOTS.Buffer.data));
  const codes = root.tables(slots.operatorCodes).map(operatorCode);
  const subgraphs = root.tables(slots.subgraphs).map((table) => readSubgraph(table, buffers, codes, where));
  if (subgraphs.length === 0) throw damaged(where, 'no subgraph');
  const signatures = root.tables(slots.signatures).map((table) => readSignature(table, subgraphs, where));
  const metadata = root.tables(slots.metadata).map((table): [string, Uint8Array] => {
    const { name, buffer } = SLOTS.Metadata;
    return [table.string(name), item(buffers, table.uint32(buffer), 'buffer', where)];
  });
  return { description: root.string(slots.description), subgraphs, signatures, metadata: new Map(metadata) };
}

interface OperatorCode {
  readonly op: string;
  readonly custom: boolean;
  readonly version: number;
}

function operatorCode(table: FlatTable): OperatorCode {
  const slots = SLOTS.OperatorCode;
  // Older files have only the one-byte code, newer ones both.
  const code = Math.max(table.int8(slots.deprecatedBuiltinCode), table.int32(slots.builtinCode));
  const name = BUILTIN_OPERATORS[code] ?? `BUILTIN_${code}`;
  const custom = name === 'CUSTOM';
  return {
    op: custom ? table.string(slots.customCode) : name,
    custom,
    version: table.int32(slots.version, 1),
  };
}

function readSubgraph(
  table: FlatTable,
  buffers: readonly Uint8Array[],
  codes: readonly OperatorCode[],
  where: string,
): Subgraph {
  const slots = SLOTS.SubGraph;
  const tensors = table.tables(slots.tensors).map((each) => readTensor(each, buffers, where));
  const indices = (values: readonly number[]) => {
    for (const value of values) if (value !== -1) item(tensors, value, 'tensor', where);
    return values;
  };
  const operators = table.tables(slots.operators).map((each): TfliteOperator => {
    const { op, custom, version } = item(
      codes,
      each.uint32(SLOTS.Operator.opcodeIndex),
      'operator code',
      where,
    );
    return {
      op,
      ...(custom ? { custom } : {}),
      version,
      inputs: indices(each.int32s(SLOTS.Operator.inputs)),
      outputs: indices(each.int32s(SLOTS.Operator.outputs)),
      options: custom ? {} : readOptions(op, each.table(SLOTS.Operator.options)),
    };
  });
  return {
    name: table.string(slots.name),
    tensors,
    inputs: indices(table.int32s(slots.inputs)),
    outputs: indices(table.int32s(slots.outputs)),
    operators,
  };
}

function readTensor(table: FlatTable, buffers: readonly Uint8Array[], where: string): TfliteTensor {
  const slots = SLOTS.Tensor;
  const data = item(buffers, table.uint32(slots.buffer), 'buffer', where);
  const quantization = table.table(slots.quantization);
  return {
    name: table.string(slots.name),
    shape: table.int32s(slots.shape),
    type: item<TensorType>(TENSOR_TYPES, table.int8(slots.type), 'tensor type', where),
    data: data.length > 0 ? data : undefined,
    quantization: quantization && readQuantization(quantization),
  };
}

/** Undefined for the empty tables that converters write beside float tensors. */
function readQuantization(table: FlatTable): Quantization | undefined {
  const slots = SLOTS.QuantizationParameters;
  const scales = table.float32s(slots.scale);
  if (scales.length === 0) return undefined;
  return { scales, zeroPoints: table.int64s(slots.zeroPoint), axis: table.int32(slots.quantizedDimension) };
}

function readOptions(op: string, table: FlatTable | undefined): Record<string, OptionValue> {
  const fields = Object.entries(OPTIONS[op]?.fields ?? {});
  if (table === undefined) return {};
  return Object.fromEntries(fields.map(([name, field]) => [name, readOption(table, field)]));
}

function readOption(table: FlatTable, field: OptionField): OptionValue {
  switch (field.type) {
    case 'int32':
      return table.int32(field.slot, field.absent);
    case 'bool':
      return table.int8(field.slot, field.absent ? 1 : 0) !== 0;
    case 'int32s':
      return table.int32s(field.slot);
    case 'enum':
      return field.values[table.int8(field.slot, field.values.indexOf(field.absent))] ?? field.absent;
  }
}

function readSignature(table: FlatTable, subgraphs: readonly Subgraph[], where: string): Signature {
  const slots = SLOTS.SignatureDef;
  const subgraph = table.uint32(slots.subgraphIndex);
  const { tensors } = item(subgraphs, subgraph, 'subgraph', where);
  const named = (slot: number) =>
    Object.fromEntries(
      table.tables(slot).map((map): [string, number] => {
        const index = map.uint32(SLOTS.TensorMap.tensorIndex);
        item(tensors, index, 'tensor', where);
        return [map.string(SLOTS.TensorMap.name), index];
      }),
    );
  return {
    key: table.string(slots.key),
    subgraph,
    inputs: named(slots.inputs),
    outputs: named(slots.outputs),
  };
}

function item<T>(items: readonly T[], index: number, what: string, where: string): T {
  const found = items[index];
  if (found === undefined)
    throw damaged(where, `${what} ${index} is referred to, but there are ${items.length}`);
  return found;
}

function damaged(where: string, how: string): ModelError {
  return new ModelError({ what: `the model is damaged: ${how}`, where, remedy: 'Copy or export it again' });
}
