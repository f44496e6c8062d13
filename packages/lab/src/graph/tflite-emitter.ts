/**
 * What an operation may ask of the .tflite writer. `export/` implements it; whether weights are written as float32,
 * int8 or float16, and how activations are quantised, is decided there and not in the operations.
 */
import type { Value } from './graph.js';

/** Activations that TFLite fuses into a convolution, a dense layer or an addition. */
export type FusedActivation = 'none' | 'relu' | 'relu6';

export interface TfliteEmitter {
  /** Tensor index of an activation. */
  activation(value: Value): number;
  /** Tensor index of a parameter, permuted into TFLite's layout; `channelAxis` is its axis of per-channel scales. */
  weight(value: Value, layout: 'conv' | 'depthwise' | 'dense'): number;
  /** Tensor index of a bias vector; null writes zeros of that length. */
  bias(value: Value | null, length: number): number;
  /** Tensor index of an int32 constant. */
  integers(data: readonly number[]): number;
  /** Appends an operator; `op` is the schema's name, options are its fields. */
  operator(
    op: string,
    inputs: readonly number[],
    outputs: readonly number[],
    options?: Record<string, number | boolean | string | readonly number[]>,
  ): void;
}
