/** Elementwise difference. The second operand may be smaller; see `broadcast.ts`. */

import { mapTensor } from '../../tensor/tensor.js';
import { broadcastIndex, broadcastOf } from '../broadcast.js';
import type { Op, Value } from '../graph.js';
import { emitBinary } from '../onnx-elementwise.js';
import { rescale } from './rescale.js';
import { sumTo } from './sum-to.js';

/** b has a's shape, or is [], [C] or [N, 1, 1, C] -> a's shape. */
export function subtract(a: Value, b: Value): Value {
  return a.graph.apply(subtractOp, [a, b], {})[0];
}

export const subtractOp: Op<object> = {
  name: 'subtract',

  shape([a, b]) {
    broadcastOf(this.name, a, b);
    return [a];
  },

  reference([a, b]) {
    const small = broadcastIndex(this.name, a.shape, b.shape);
    return [mapTensor(a, (v, i) => v - b.data[small(i)])];
  },

  gradient({ inputs: [, b] }, [dy]) {
    return [dy, dy && rescale(sumTo(dy, b.shape), { scale: -1 })];
  },

  onnx(emit, node) {
    emitBinary(emit, node, 'Sub');
  },
};
