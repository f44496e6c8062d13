/** Hard sigmoid, y = relu6(x + 3) / 6: the gate of squeeze-and-excite (MobileNetV3, Howard et al., 2019). */

import { mapTensor } from '../../tensor/tensor.js';
import type { Op, Value } from '../graph.js';
import { emitElementwise, insideMask } from '../onnx-elementwise.js';

/** Elementwise; any shape. */
export function hardSigmoid(x: Value): Value {
  return x.graph.apply(hardSigmoidOp, [x], {})[0];
}

export const hardSigmoidOp: Op<object> = {
  name: 'hard-sigmoid',

  shape([x]) {
    return [x];
  },

  reference([x]) {
    return [mapTensor(x, (v) => Math.min(Math.max(v + 3, 0), 6) / 6)];
  },

  gradient({ inputs: [x] }, [dy]) {
    return [dy && x.graph.apply(hardSigmoidGradientOp, [dy, x], {})[0]];
  },

  onnx(emit, node) {
    emitElementwise(emit, node, (x) =>
      emit.node('HardSigmoid', [x], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }),
    );
  },

  tflite(emit, { inputs: [x], outputs: [y] }) {
    const gate = emit.temporary(x.shape);
    emit.operator('ADD', [emit.activation(x), emit.floats([3], [1])], [gate], {
      fused_activation_function: 'RELU6',
    });
    emit.operator('MUL', [gate, emit.floats([1 / 6], [1])], [emit.activation(y)]);
  },
};

/** The slope is 1/6 between the kinks at -3 and 3, and 0 elsewhere. Inputs: gradient of y, x. */
export const hardSigmoidGradientOp: Op<object> = {
  name: 'hard-sigmoid-gradient',

  shape([dy]) {
    return [dy];
  },

  reference([dy, x]) {
    return [mapTensor(x, (v, i) => dy.data[i] * (Math.abs(v) < 3 ? 1 / 6 : 0))];
  },

  onnx(emit, node) {
    emitElementwise(emit, node, (dy, x) =>
      emit.node('Mul', [emit.node('Mul', [dy, emit.floats(1 / 6)]), insideMask(emit, x, 3)]),
    );
  },
};
