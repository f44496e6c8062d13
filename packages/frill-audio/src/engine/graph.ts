/** The part of a .tflite file that the engine runs, as plain data. Constants stay views into the file. */
import { ModelError } from '../errors.js';
import type { FlatTable } from '../tflite/flatbuffer.js';
import { BUILTIN_OPERATORS, TENSOR_TYPES, type TensorType } from '../tflite/schema.js';

/** `real = scale (code - zeroPoint)`; one scale for the tensor, or one for each output channel. */
export interface Quantization {
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
}

export interface GraphTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: TensorType;
  /** Bytes of a constant; undefined for what is computed or fed. */
  readonly data: Uint8Array | undefined;
  readonly quantization: Quantization | undefined;
}

export interface GraphOperator {
  /** Name in the schema, or a custom operator's own. */
  readonly op: string;
  /** Indices of tensors; -1 for an optional input that is left out. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** The operator's options table; see `slidingOptions` and `fusedActivation`. */
  readonly options: FlatTable | undefined;
}

export interface Subgraph {
  readonly tensors: readonly GraphTensor[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly operators: readonly GraphOperator[];
}

/** A named way to run the model; `inputs` and `outputs` are tensors of the subgraph by name. */
export interface GraphSignature {
  readonly key: string;
  readonly subgraph: number;
  readonly inputs: Readonly<Record<string, number>>;
  readonly outputs: Readonly<Record<string, number>>;
}

export interface Graph {
  readonly subgraphs: readonly Subgraph[];
  /** Signatures, at least one; a file without any has one, `serving_default`, with the names of its tensors. */
  readonly signatures: readonly GraphSignature[];
}

/** Slots of the schema's tables. */
const MODEL = { operatorCodes: 1, subgraphs: 2, buffers: 4, signatures: 7 };
const CODE = { deprecated: 0, custom: 1, builtin: 3 };
const SUBGRAPH = { tensors: 0, inputs: 1, outputs: 2, operators: 3 };
const TENSOR = { shape: 0, type: 1, buffer: 2, name: 3, quantization: 4 };
const QUANTIZATION = { scale: 2, zeroPoint: 3 };
const OPERATOR = { code: 0, inputs: 1, outputs: 2, options: 4 };
const SIGNATURE = { inputs: 0, outputs: 1, key: 2, subgraph: 4 };
const MAP = { name: 0, tensor: 1 };

/** Throws ModelError for a file that refers to what is not there. `model` is what `openTflite` gives. */
export function readGraph(model: FlatTable): Graph {
  const where = model.buffer.where;
  const buffers = model.tables(MODEL.buffers).map((table) => table.bytes(0));
  const codes = model.tables(MODEL.operatorCodes).map(operatorName);
  const subgraphs = model.tables(MODEL.subgraphs).map((table): Subgraph => {
    const tensors = table.tables(SUBGRAPH.tensors).map((each) => readTensor(each, buffers, where));
    const indices = (values: readonly number[]) => {
      for (const value of values) if (value !== -1) item(tensors, value, 'tensor', where);
      return values;
    };
    return {
      tensors,
      inputs: indices(table.int32s(SUBGRAPH.inputs)),
      outputs: indices(table.int32s(SUBGRAPH.outputs)),
      operators: table.tables(SUBGRAPH.operators).map((each) => ({
        op: item(codes, each.uint32(OPERATOR.code), 'operator code', where),
        inputs: indices(each.int32s(OPERATOR.inputs)),
        outputs: indices(each.int32s(OPERATOR.outputs)),
        options: each.table(OPERATOR.options),
      })),
    };
  });
  const signatures = model.tables(MODEL.signatures).map((table): GraphSignature => {
    const subgraph = table.uint32(SIGNATURE.subgraph);
    const { tensors } = item(subgraphs, subgraph, 'subgraph', where);
    const named = (slot: number) =>
      Object.fromEntries(
        table.tables(slot).map((map): [string, number] => {
          const index = map.uint32(MAP.tensor);
          item(tensors, index, 'tensor', where);
          return [map.string(MAP.name), index];
        }),
      );
    return {
      key: table.string(SIGNATURE.key),
      subgraph,
      inputs: named(SIGNATURE.inputs),
      outputs: named(SIGNATURE.outputs),
    };
  });
  return { subgraphs, signatures: signatures.length > 0 ? signatures : [unnamed(subgraphs, where)] };
}

function unnamed(subgraphs: readonly Subgraph[], where: string): GraphSignature {
  const { tensors, inputs, outputs } = item(subgraphs, 0, 'subgraph', where);
  const named = (indices: readonly number[]) =>
    Object.fromEntries(indices.map((index) => [tensors[index].name, index]));
  return { key: 'serving_default', subgraph: 0, inputs: named(inputs), outputs: named(outputs) };
}

function operatorName(table: FlatTable): string {
  // Older files have only the one-byte code, newer ones both.
  const code = Math.max(table.int8(CODE.deprecated), table.int32(CODE.builtin));
  const name = BUILTIN_OPERATORS[code] ?? `BUILTIN_${code}`;
  return name === 'CUSTOM' ? table.string(CODE.custom) : name;
}

/** Names and scales are read when they are asked for: there are thousands, and most never are. */
function readTensor(table: FlatTable, buffers: readonly Uint8Array[], where: string): GraphTensor {
  const data = item(buffers, table.uint32(TENSOR.buffer), 'buffer', where);
  return {
    get name() {
      return table.string(TENSOR.name);
    },
    shape: table.int32s(TENSOR.shape),
    type: item<TensorType>(TENSOR_TYPES, table.int8(TENSOR.type), 'tensor type', where),
    data: data.length > 0 ? data : undefined,
    get quantization() {
      return readQuantization(table.table(TENSOR.quantization));
    },
  };
}

function readQuantization(table: FlatTable | undefined): Quantization | undefined {
  const scales = table?.float32s(QUANTIZATION.scale) ?? [];
  if (!table || scales.length === 0) return undefined;
  return { scales, zeroPoints: table.int64s(QUANTIZATION.zeroPoint) };
}

function item<T>(items: readonly T[], index: number, what: string, where: string): T {
  const found = items[index];
  if (found !== undefined) return found;
  throw new ModelError({
    what: `the model is damaged: ${what} ${index} is referred to, but there are ${items.length}`,
    where,
    remedy: 'Copy or export it again',
  });
}

/** How a window slides over an image. */
export interface Sliding {
  readonly padding: 'SAME' | 'VALID';
  readonly strideRows: number;
  readonly strideColumns: number;
}

/** Padding and strides of CONV_2D, DEPTHWISE_CONV_2D and MAX_POOL_2D, whose first three fields are the same. */
export function slidingOptions({ options }: GraphOperator): Sliding {
  return {
    padding: (options?.int8(0) ?? 0) === 0 ? 'SAME' : 'VALID',
    strideColumns: options?.int32(1) ?? 1,
    strideRows: options?.int32(2) ?? 1,
  };
}

const ACTIVATION_SLOT: Readonly<Record<string, number>> = {
  ADD: 0,
  MUL: 0,
  CONV_2D: 3,
  DEPTHWISE_CONV_2D: 4,
  FULLY_CONNECTED: 0,
  MAX_POOL_2D: 5,
  L2_NORMALIZATION: 0,
};
const ACTIVATIONS = ['NONE', 'RELU', 'RELU_N1_TO_1', 'RELU6', 'TANH', 'SIGN_BIT'];

/** The activation that an operator applies itself, `NONE` for most. */
export function fusedActivation({ op, options }: GraphOperator): string {
  const slot = ACTIVATION_SLOT[op];
  return slot === undefined ? 'NONE' : (ACTIVATIONS[options?.int8(slot) ?? 0] ?? 'NONE');
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
