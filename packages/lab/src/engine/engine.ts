/**
 * What it means to run a graph. Two engines implement this: `reference` is the definition, in float64 and plain loops;
 * `ort` is fast, in float32.
 */
import type { Value } from '../graph/graph.js';
import type { FloatArray, Tensor } from '../tensor/tensor.js';

/** Numbers for the graph's inputs, in their logical shapes. */
export type Feeds = ReadonlyMap<Value, FloatArray>;

export interface Program {
  /** The values asked for when it was compiled, in that order and in their logical shapes. */
  run(feeds: Feeds): Promise<Tensor<FloatArray>[]>;
  /** Frees what it holds; it cannot run any more. */
  close(): void;
}
