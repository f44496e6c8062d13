/**
 * What is inside a .tflite file, also a foreign one: how to call it, what it costs, how it is quantised, what it says
 * about itself, and where XNNPACK would hand over to slower kernels.
 */
import { ModelError, type ModelMetadata } from 'frill-audio';
import { METADATA_ENTRY, readModelMetadata } from 'frill-audio/internals';
import { sizeOf } from '../tensor/tensor.js';
import type { Subgraph, TfliteModel, TfliteOperator, TfliteTensor } from '../tflite/model.js';
import { readTflite } from '../tflite/read-tflite.js';
import type { TensorType } from '../tflite/schema.js';
import { whyNotDelegated } from './delegation.js';
import { LAYERS } from './rewrites/editing.js';

export interface TensorSummary {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[];
}

export interface OperatorSummary {
  readonly op: string;
  /** Number of them in the first signature's subgraph. */
  readonly count: number;
  readonly multiplyAccumulates: number;
  /** Bytes of the constants that these operators are the first to read. */
  readonly bytes: number;
}

export interface Undelegated {
  readonly op: string;
  readonly count: number;
  readonly reason: string;
}

export interface Inspection {
  readonly bytes: number;
  readonly description: string;
  /** Ways to run it; a file without signatures has one, named `(unnamed)`. */
  readonly signatures: readonly {
    readonly name: string;
    readonly inputs: readonly TensorSummary[];
    readonly outputs: readonly TensorSummary[];
  }[];
  /** Numbers in the kernels and biases that the first signature uses. */
  readonly parameters: number;
  /** Multiplications with an addition in one run of the first signature; convolutions, dense layers and matrix products only, as is the custom. */
  readonly multiplyAccumulates: number;
  /** Operators of the first signature's subgraph, the most bytes first. */
  readonly operators: readonly OperatorSummary[];
  /** What of the file is no constant of an operator: tables, names, metadata. */
  readonly otherBytes: number;
  /** Constants by element type. */
  readonly storage: readonly {
    readonly type: TensorType;
    readonly tensors: number;
    readonly bytes: number;
  }[];
  readonly quantization:
    | 'none'
    | 'int8 kernels, float32 activations'
    | 'float16 kernels'
    | 'int8 activations';
  /** What Frill stored; undefined in foreign files. */
  readonly metadata: ModelMetadata | undefined;
  /** Names of the other metadata entries. */
  readonly entries: readonly string[];
  readonly minimumRuntime: string | undefined;
  /** Operators that XNNPACK would leave to slower kernels. */
  readonly undelegated: readonly Undelegated[];
}

/** Throws ModelError for an empty, truncated or foreign file; `where` names it in messages. */
export function inspectModel(bytes: Uint8Array, where = 'model'): Inspection {
  const model = readTflite(bytes, where);
  const main = model.subgraphs[model.signatures[0]?.subgraph ?? 0];
  const operators = summariseOperators(main);
  const version = model.metadata.get('min_runtime_version');
  return {
    bytes: bytes.length,
    description: model.description,
    signatures: signaturesOf(model),
    parameters: parametersOf(main),
    multiplyAccumulates: operators.reduce((sum, each) => sum + each.multiplyAccumulates, 0),
    operators,
    otherBytes: bytes.length - operators.reduce((sum, each) => sum + each.bytes, 0),
    storage: storageOf(model),
    quantization: quantizationOf(main),
    metadata: readModelMetadata(bytes, where),
    entries: [...model.metadata.keys()].filter((name) => name !== METADATA_ENTRY),
    minimumRuntime: version && new TextDecoder().decode(version).replaceAll('\0', ''),
    undelegated: undelegatedOf(main),
  };
}

function signaturesOf({ signatures, subgraphs }: TfliteModel): Inspection['signatures'] {
  const summary = (subgraph: Subgraph, index: number, name?: string): TensorSummary => {
    const tensor = subgraph.tensors[index];
    return { name: name ?? tensor.name, type: tensor.type, shape: tensor.shape };
  };
  if (signatures.length === 0) {
    const [first] = subgraphs;
    const all = (indices: readonly number[]) => indices.map((index) => summary(first, index));
    return [{ name: '(unnamed)', inputs: all(first.inputs), outputs: all(first.outputs) }];
  }
  return signatures.map(({ key, subgraph, inputs, outputs }) => {
    const named = (tensors: Readonly<Record<string, number>>) =>
      Object.entries(tensors).map(([name, index]) => summary(subgraphs[subgraph], index, name));
    return { name: key, inputs: named(inputs), outputs: named(outputs) };
  });
}

/** Constants are the same where they share bytes of the file. */
function place({ data }: TfliteTensor): number {
  return data?.byteOffset ?? -1;
}

/** The constant behind a tensor, which may have to be unpacked first. */
function stored({ tensors, operators }: Subgraph, index: number): TfliteTensor | undefined {
  if (tensors[index]?.data) return tensors[index];
  const unpacking = operators.find(({ op, outputs }) => op === 'DEQUANTIZE' && outputs[0] === index);
  const packed = unpacking && tensors[unpacking.inputs[0]];
  return packed?.data ? packed : undefined;
}

function parametersOf(subgraph: Subgraph): number {
  const constants = new Set<TfliteTensor>();
  for (const { op, inputs } of subgraph.operators)
    for (const input of LAYERS.has(op) ? inputs.slice(1) : []) {
      const constant = stored(subgraph, input);
      if (constant) constants.add(constant);
    }
  return [...constants].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

function summariseOperators(subgraph: Subgraph): OperatorSummary[] {
  const summaries = new Map<
    string,
    { op: string; count: number; multiplyAccumulates: number; bytes: number }
  >();
  const counted = new Set<number>();
  for (const operator of subgraph.operators) {
    const { op, inputs } = operator;
    const summary = summaries.get(op) ?? { op, count: 0, multiplyAccumulates: 0, bytes: 0 };
    summaries.set(op, summary);
    summary.count++;
    summary.multiplyAccumulates += multiplyAccumulates(operator, subgraph);
    for (const input of inputs) {
      const tensor = subgraph.tensors[input];
      if (!tensor?.data || counted.has(place(tensor))) continue;
      counted.add(place(tensor));
      summary.bytes += tensor.data.length;
    }
  }
  return [...summaries.values()].sort((a, b) => b.bytes - a.bytes || b.count - a.count);
}

function multiplyAccumulates({ op, inputs, outputs }: TfliteOperator, { tensors }: Subgraph): number {
  const shapes = inputs.map((index) => tensors[index]?.shape ?? []);
  const output = sizeOf(tensors[outputs[0]]?.shape ?? [0]);
  const operand = (index: number) => {
    if (index < shapes.length) return shapes[index];
    throw new ModelError({
      what: `an operator ${op} has ${inputs.length} inputs`,
      remedy: 'The file is damaged: copy or export it again',
    });
  };
  switch (op) {
    case 'CONV_2D':
      return output * sizeOf(operand(1).slice(1));
    case 'DEPTHWISE_CONV_2D':
      return output * operand(1)[1] * operand(1)[2];
    case 'FULLY_CONNECTED':
    case 'BATCH_MATMUL':
      return output * (operand(0).at(-1) ?? 0);
    default:
      return 0;
  }
}

function storageOf({ subgraphs }: TfliteModel): Inspection['storage'] {
  const seen = new Map<number, TfliteTensor>();
  for (const { tensors } of subgraphs)
    for (const tensor of tensors) if (tensor.data) seen.set(place(tensor), tensor);
  const byType = new Map<TensorType, { type: TensorType; tensors: number; bytes: number }>();
  for (const { type, data } of seen.values()) {
    const sum = byType.get(type) ?? { type, tensors: 0, bytes: 0 };
    byType.set(type, sum);
    sum.tensors++;
    sum.bytes += data?.length ?? 0;
  }
  return [...byType.values()].sort((a, b) => b.bytes - a.bytes);
}

function quantizationOf(subgraph: Subgraph): Inspection['quantization'] {
  const layers = subgraph.operators.filter(({ op }) => LAYERS.has(op));
  const isInt8 = (type: TensorType | undefined) => type === 'int8' || type === 'uint8';
  if (layers.some(({ inputs }) => isInt8(subgraph.tensors[inputs[0]]?.type))) return 'int8 activations';
  const kernels = layers.map(({ inputs }) => stored(subgraph, inputs[1])?.type);
  if (kernels.some(isInt8)) return 'int8 kernels, float32 activations';
  return kernels.includes('float16') ? 'float16 kernels' : 'none';
}

function undelegatedOf(subgraph: Subgraph): Undelegated[] {
  const found = new Map<string, { op: string; count: number; reason: string }>();
  for (const operator of subgraph.operators) {
    const reason = whyNotDelegated(operator, subgraph);
    if (reason === undefined) continue;
    const { op } = operator;
    const entry = found.get(`${op} ${reason}`) ?? { op, count: 0, reason };
    found.set(`${op} ${reason}`, entry);
    entry.count++;
  }
  return [...found.values()].sort((a, b) => b.count - a.count);
}
