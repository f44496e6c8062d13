/** Definition of the activations that kernels apply to what they have computed. */
import type { Activation } from '../step.js';

export function activated(x: number, activation: Activation): number {
  switch (activation) {
    case 'NONE':
      return x;
    case 'RELU':
      return Math.max(x, 0);
    case 'RELU6':
      return Math.min(Math.max(x, 0), 6);
    case 'HARD_SWISH':
      return (x * Math.min(Math.max(x + 3, 0), 6)) / 6;
    case 'SWISH':
      return x * Math.min(Math.max(x + 3, 0), 6);
  }
}
