/**
 * What an operation may ask of the .tflite writer. Operations write plain float32; fused activations, quantised
 * weights and other batch sizes are rewrites of what they wrote (`export/rewrites`).
 */
import type { Shape } from '../tensor/tensor.js';
import type { Operand } from './operand.js';
import type { Sliding } from './sliding-window.js';

/** Order of a kernel's axes: conv [out, rows, columns, in], depthwise [1, rows, columns, channels], dense [out, in]. */
export type TfliteLayout = 'conv' | 'depthwise' | 'dense';

export interface TfliteEmitter {
  /** Tensor index of an activation. */
  activation(value: Operand): number;
  /** A new activation that is no value of the graph. */
  temporary(shape: Shape): number;
  /** Tensor index of a kernel, permuted from Keras' layout into TFLite's. */
  weight(kernel: Operand, layout: TfliteLayout): number;
  /** Tensor index of a bias vector; undefined writes zeros of that length. */
  bias(value: Operand | undefined, length: number): number;
  /** The numbers of a value that depends on parameters alone. */
  numbers(value: Operand): ArrayLike<number>;
  /** Tensor index of a float32 constant. */
  floats(data: ArrayLike<number>, shape: Shape): number;
  /** Tensor index of an int32 constant. */
  integers(data: readonly number[]): number;
  /** The image that a sliding window sees and the schema's padding for it: padded explicitly if it has to be. */
  window(
    image: Operand,
    taps: readonly [number, number],
    sliding: Sliding,
  ): { image: number; padding: 'SAME' | 'VALID' };
  /** Appends an operator; `op` is the schema's name, options are its fields. */
  operator(
    op: string,
    inputs: readonly number[],
    outputs: readonly number[],
    options?: Record<string, number | boolean | string | readonly number[]>,
  ): void;
}
