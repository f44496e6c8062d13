/**
 * Annealed blend of two activations, y = alpha a + (1 - alpha) b. Low-rank compression moves a layer from its full
 * kernel A to factors B C with it: alpha x A + (1 - alpha) (x B) C equals x (alpha A + (1 - alpha) B C), and the
 * product B C is never formed.
 */

import { mapTensor, sameShape } from '../../tensor/tensor.js';
import type { Op, Value } from '../graph.js';
import { inOneLayout } from '../onnx-elementwise.js';
import { ShapeError } from '../shape-error.js';
import { multiply } from './multiply.js';
import { rescale } from './rescale.js';

/** a and b of one shape, alpha [] in 0 ... 1 (a schedule: no gradient) -> that shape. */
export function blend(a: Value, b: Value, alpha: Value): Value {
  return a.graph.apply(blendOp, [a, b, alpha], {})[0];
}

export const blendOp: Op<object> = {
  name: 'blend',

  shape([a, b, alpha]) {
    if (!sameShape(a, b) || alpha.length !== 0)
      throw new ShapeError(this.name, 'needs two operands of one shape and a scalar', [a, b, alpha]);
    return [a];
  },

  reference([a, b, alpha]) {
    const share = alpha.data[0];
    return [mapTensor(a, (v, i) => share * v + (1 - share) * b.data[i])];
  },

  gradient({ inputs: [, , alpha] }, [dy]) {
    if (!dy) return [null, null, null];
    return [multiply(dy, alpha), multiply(dy, rescale(alpha, { scale: -1, offset: 1 })), null];
  },

  onnx(emit, { inputs: [a, b, alpha], outputs: [y] }) {
    const { layout, tensors } = inOneLayout(emit, [a, b]);
    const difference = emit.node('Mul', [emit.node('Sub', tensors), emit.logical(alpha)]);
    emit.define(y, emit.node('Add', [difference, tensors[1]]), layout);
  },
};
