/**
 * A .tflite file as plain data, between the flatbuffer and everything that makes or looks at models. Constants hold
 * their bytes; two tensors with equal bytes share one buffer in the file.
 */
import { type Shape, sizeOf } from '../tensor/tensor.js';
import type { TensorType } from './schema.js';

/** `real = scale * (code - zeroPoint)`; per tensor with one scale, else per extent of `axis`. */
export interface Quantization {
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  readonly axis: number;
}

export interface TfliteTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly type: TensorType;
  /** Little-endian bytes of a constant; undefined for what is computed or fed. */
  readonly data?: Uint8Array | undefined;
  readonly quantization?: Quantization | undefined;
  /** Scales of the int8 codes on which the values of a float32 kernel lie after quantisation-aware training. Not stored. */
  readonly grid?: Quantization | undefined;
}

export type OptionValue = number | boolean | string | readonly number[];

export interface TfliteOperator {
  /** Name in the schema: `CONV_2D`; a custom operator's own name with `custom: true`. */
  readonly op: string;
  readonly custom?: boolean;
  /** Absent: the lowest version that its tensors' types need. */
  readonly version?: number;
  /** Tensor indices; -1 is an optional input that is left out. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options: Readonly<Record<string, OptionValue>>;
}

export interface Subgraph {
  readonly name: string;
  readonly tensors: readonly TfliteTensor[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly operators: readonly TfliteOperator[];
}

/** A named way to run the model. */
export interface Signature {
  readonly key: string;
  readonly subgraph: number;
  /** Tensor index of each name. */
  readonly inputs: Readonly<Record<string, number>>;
  readonly outputs: Readonly<Record<string, number>>;
}

export interface TfliteModel {
  readonly description: string;
  readonly subgraphs: readonly Subgraph[];
  readonly signatures: readonly Signature[];
  readonly metadata: ReadonlyMap<string, Uint8Array>;
}

/** The bytes of a typed array, without copying. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

export function floatTensor(name: string, shape: Shape, values: ArrayLike<number>): TfliteTensor {
  if (values.length !== sizeOf(shape))
    throw new RangeError(`${name}: shape [${shape}] does not hold ${values.length} values`);
  return { name, shape, type: 'float32', data: bytesOf(Float32Array.from(values)) };
}

export function integerTensor(name: string, shape: Shape, values: ArrayLike<number>): TfliteTensor {
  return { name, shape, type: 'int32', data: bytesOf(Int32Array.from(values)) };
}

/** The values of a float32 constant (a copy, since the bytes may lie unaligned in a file). */
export function floatsOf(tensor: TfliteTensor): Float32Array {
  if (tensor.type !== 'float32' || tensor.data === undefined)
    throw new Error(`${tensor.name} is no float32 constant`);
  return new Float32Array(aligned(tensor.data));
}

/** A copy of bytes that may lie anywhere in a file, for typed arrays, which want their elements aligned. */
export function aligned(bytes: Uint8Array): ArrayBuffer {
  // Not `slice`: of a Node `Buffer` that would be a view of the whole file.
  return new Uint8Array(bytes).buffer;
}

/** How many operators read each tensor; a subgraph output counts as one more reader. */
export function readers(subgraph: Subgraph): number[] {
  const count = new Array<number>(subgraph.tensors.length).fill(0);
  for (const { inputs } of subgraph.operators) for (const input of inputs) if (input >= 0) count[input]++;
  for (const output of subgraph.outputs) count[output]++;
  return count;
}

/** The operator's fused activation, `NONE` where it has none. */
export function activationOf({ options }: TfliteOperator): string {
  return typeof options.fused_activation_function === 'string' ? options.fused_activation_function : 'NONE';
}

/** Extent along `axis` of the element at an index in C order. */
export function channelIndex(shape: readonly number[], axis: number): (index: number) => number {
  const inner = shape.slice(axis + 1).reduce((size, extent) => size * extent, 1);
  return (index) => Math.floor(index / inner) % shape[axis];
}
