/**
 * What an operation may ask of the ONNX writer, which `engine/ort` implements. A value lies in memory in one of two
 * layouts, and an operation asks for its operands in the one it is fast in; the writer transposes only where
 * producer and consumer disagree.
 */
import type { OnnxAttribute } from '../onnx/onnx-model.js';
import type { Shape } from '../tensor/tensor.js';
import type { Operand } from './operand.js';

/**
 * How a value of the graph lies in its ONNX tensor.
 * - `channels`: a matrix [C, everything else], the last logical axis first: an image [N, H, W, C] lies as [C, N*H*W],
 *   a dense activation [N, F] as [F, N], a vector [C] as [C, 1], a scalar as [1, 1]. A 1x1 convolution is then one
 *   matrix product, and whatever happens per channel happens per row.
 * - `logical`: exactly the value's shape. Parameters and their gradients lie so.
 */
export type ValueLayout = 'channels' | 'logical';

export interface OnnxEmitter {
  /** Name of the ONNX tensor that holds a value as a [C, rest] matrix. */
  channels(value: Operand): string;
  /** Name of the ONNX tensor that holds a value in its own shape. */
  logical(value: Operand): string;
  /** The layout a value was defined in: where the operation does not care, asking for this one costs nothing. */
  layout(value: Operand): ValueLayout;
  /** Says which ONNX tensor, in which layout, is the value. */
  define(value: Operand, tensor: string, layout: ValueLayout): void;

  /** Appends a node with one output and returns that output's name. A node equal to an earlier one is that one. */
  node(op: string, inputs: readonly string[], attributes?: Record<string, OnnxAttribute>): string;
  /** Appends a node with several outputs. */
  nodes(
    op: string,
    inputs: readonly string[],
    outputs: number,
    attributes?: Record<string, OnnxAttribute>,
  ): string[];
  /** `a b` over the last two axes, either side transposed. */
  matmul(a: string, b: string, transpose?: { readonly a?: boolean; readonly b?: boolean }): string;
  reshape(tensor: string, shape: Shape): string;
  transpose(tensor: string, permutation: readonly number[]): string;
  /** Sum or mean over some axes, which stay as extents of 1. */
  reduce(
    op: 'ReduceSum' | 'ReduceMean' | 'ReduceMax' | 'ReduceMin',
    tensor: string,
    axes: readonly number[],
  ): string;
  /** A float32 constant, of rank 0 unless a shape is given; equal ones are shared. */
  floats(data: ArrayLike<number> | number, shape?: Shape): string;
  /** A vector of arbitrary numbers that no other node sees, for nodes that overwrite an operand. */
  scratch(length: number): string;
  /** An int64 constant, for shapes and axes. */
  integers(data: readonly number[]): string;
}

/** Shape of a value in the `channels` layout. */
export function channelsShape(shape: Shape): readonly [number, number] {
  const channels = shape.at(-1) ?? 1;
  return [channels, shape.slice(0, -1).reduce((product, extent) => product * extent, 1)];
}
