/**
 * What an operation may ask of the ONNX writer. The engine (`engine/ort`) implements it and owns the physical
 * layout: a logical image [N, H, W, C] lies as [C, N*H*W], a dense activation [N, F] as [F, N]; parameters keep
 * their logical layout. With that, a 1x1 convolution is one matrix product.
 */
import type { Shape } from '../tensor/tensor.js';
import type { Value } from './graph.js';

export type OnnxAttribute = number | readonly number[] | string | { readonly float: number };

export interface OnnxEmitter {
  /** Name of the ONNX tensor that holds a value in its physical layout. */
  name(value: Value): string;
  /** Appends a node with one output and returns that output's name. */
  node(
    op: string,
    inputs: readonly string[],
    attributes?: Record<string, OnnxAttribute>,
    domain?: string,
  ): string;
  /** Appends a node with several outputs. */
  nodes(
    op: string,
    inputs: readonly string[],
    outputs: number,
    attributes?: Record<string, OnnxAttribute>,
  ): string[];
  /** `a b`, either side transposed; FusedMatMul where that is needed. */
  matmul(a: string, b: string, transpose?: { readonly a?: boolean; readonly b?: boolean }): string;
  reshape(tensor: string, shape: Shape): string;
  /** A float32 constant; equal small ones are shared. */
  floats(data: ArrayLike<number>, shape: Shape): string;
  /** An int64 constant, for shapes and axes. */
  integers(data: readonly number[]): string;
  /** Says which ONNX tensor, in the physical layout, is the value. */
  define(value: Value, tensor: string): void;
}
