/** Clipped rectifier, y = min(max(x, 0), 6). */

import { mapTensor } from '../../tensor/tensor.js';
import type { Op, Value } from '../graph.js';
import { emitElementwise, insideMask } from '../onnx-elementwise.js';

/** Elementwise; any shape. */
export function relu6(x: Value): Value {
  return x.graph.apply(relu6Op, [x], {})[0];
}

export const relu6Op: Op<object> = {
  name: 'relu6',

  shape([x]) {
    return [x];
  },

  reference([x]) {
    return [mapTensor(x, (v) => Math.min(Math.max(v, 0), 6))];
  },

  gradient({ inputs: [x] }, [dy]) {
    return [dy && x.graph.apply(relu6GradientOp, [dy, x], {})[0]];
  },

  onnx(emit, node) {
    emitElementwise(emit, node, (x) => emit.node('Clip', [x, emit.floats(0), emit.floats(6)]));
  },

  tflite(emit, { inputs: [x], outputs: [y] }) {
    emit.operator('RELU6', [emit.activation(x)], [emit.activation(y)]);
  },
};

/** The slope is 1 between the kinks at 0 and 6, and 0 elsewhere. Inputs: gradient of y, x. */
export const relu6GradientOp: Op<object> = {
  name: 'relu6-gradient',

  shape([dy]) {
    return [dy];
  },

  reference([dy, x]) {
    return [mapTensor(x, (v, i) => dy.data[i] * (v > 0 && v < 6 ? 1 : 0))];
  },

  onnx(emit, node) {
    emitElementwise(emit, node, (dy, x) =>
      emit.node('Mul', [dy, insideMask(emit, emit.node('Sub', [x, emit.floats(3)]), 3)]),
    );
  },
};
