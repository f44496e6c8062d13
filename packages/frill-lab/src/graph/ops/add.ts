/** Elementwise sum: residual connections, biases. The second operand may be smaller; see `broadcast.ts`. */

import { mapTensor } from '../../tensor/tensor.js';
import { broadcastIndex, broadcastOf } from '../broadcast.js';
import type { Op, Value } from '../graph.js';
import { emitBinary } from '../onnx-elementwise.js';
import { sumTo } from './sum-to.js';

/** b has a's shape, or is [], [C] or [N, 1, 1, C] -> a's shape. */
export function add(a: Value, b: Value): Value {
  return a.graph.apply(addOp, [a, b], {})[0];
}

export const addOp: Op<object> = {
  name: 'add',

  shape([a, b]) {
    broadcastOf(this.name, a, b);
    return [a];
  },

  reference([a, b]) {
    const small = broadcastIndex(this.name, a.shape, b.shape);
    return [mapTensor(a, (v, i) => v + b.data[small(i)])];
  },

  gradient({ inputs: [, b] }, [dy]) {
    return [dy, dy && sumTo(dy, b.shape)];
  },

  onnx(emit, node) {
    emitBinary(emit, node, 'Add');
  },

  tflite(emit, { inputs: [a, b], outputs: [y] }) {
    emit.operator('ADD', [emit.activation(a), emit.activation(b)], [emit.activation(y)]);
  },
};
