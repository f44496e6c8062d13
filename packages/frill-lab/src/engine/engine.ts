/** What every engine offers: a graph made ready for a list of outputs. */
import type { Value } from '../graph/graph.js';
import type { FloatArray, Tensor } from '../tensor/tensor.js';

export interface Program {
  /**
   * Runs the graph. `feeds` holds the data of every input that the outputs depend on, in C order of its logical shape.
   * Outputs come in the order they were asked for, with logical shapes.
   */
  run(feeds: ReadonlyMap<Value, FloatArray>): Promise<Tensor<FloatArray>[]>;

  /** Gives back what the engine holds. The program cannot run afterwards. */
  close(): Promise<void>;
}
