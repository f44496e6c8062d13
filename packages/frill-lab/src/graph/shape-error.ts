/** Operands that do not fit an operation. */
import type { Shape } from '../tensor/tensor.js';

export class ShapeError extends Error {
  constructor(op: string, reason: string, shapes: readonly Shape[]) {
    super(`${op}: ${reason}; operands ${shapes.map((shape) => `[${shape.join(', ')}]`).join(' ')}`);
    this.name = 'ShapeError';
  }
}
