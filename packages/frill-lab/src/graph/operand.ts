/** What those who write a network to a file see of a value: where it comes from is the graph's business. */
import type { Shape } from '../tensor/tensor.js';

export interface Operand {
  readonly id: number;
  /** Given for inputs and parameters (Keras' names, `expanded_conv/project/kernel`); derived for the rest. */
  readonly name: string;
  readonly shape: Shape;
}
