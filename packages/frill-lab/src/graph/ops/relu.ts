/** Rectifier, y = max(x, 0). */

import { mapTensor } from '../../tensor/tensor.js';
import type { Op, Value } from '../graph.js';
import { emitElementwise, stepMask } from '../onnx-elementwise.js';

/** Elementwise; any shape. */
export function relu(x: Value): Value {
  return x.graph.apply(reluOp, [x], {})[0];
}

export const reluOp: Op<object> = {
  name: 'relu',

  shape([x]) {
    return [x];
  },

  reference([x]) {
    return [mapTensor(x, (v) => Math.max(v, 0))];
  },

  gradient({ outputs: [y] }, [dy]) {
    return [dy && y.graph.apply(reluGradientOp, [dy, y], {})[0]];
  },

  onnx(emit, node) {
    emitElementwise(emit, node, (x) => emit.node('Relu', [x]));
  },

  tflite(emit, { inputs: [x], outputs: [y] }) {
    emit.operator('RELU', [emit.activation(x)], [emit.activation(y)]);
  },
};

/**
 * The slope is 1 where y > 0, and 0 elsewhere. Inputs: gradient of y, and y rather than x: the next layer
 * keeps y for its own backward pass, so that x need not stay in memory.
 */
export const reluGradientOp: Op<object> = {
  name: 'relu-gradient',

  shape([dy]) {
    return [dy];
  },

  reference([dy, y]) {
    return [mapTensor(y, (v, i) => (v > 0 ? dy.data[i] : 0))];
  },

  onnx(emit, node) {
    emitElementwise(emit, node, (dy, y) => emit.node('Mul', [dy, stepMask(emit, y)]));
  },
};
