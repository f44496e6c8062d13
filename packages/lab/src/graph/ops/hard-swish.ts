/** Hard swish, y = x relu6(x + 3) / 6 (MobileNetV3, Howard et al., 2019). */

import { mapTensor } from '../../tensor/tensor.js';
import type { Value } from '../graph.js';
import { emitElementwise, insideMask } from '../onnx-elementwise.js';
import type { OnnxEmitter } from '../onnx-emitter.js';
import type { Op } from '../op.js';

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
    emitElementwise(emit, node, (x) => emit.node('Mul', [x, gate(emit, x)]));
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

  onnx(emit, node) {
    emitElementwise(emit, node, (dy, x) => {
      const ramp = emit.node('Mul', [emit.node('Mul', [insideMask(emit, x, 3), x]), emit.floats(1 / 6)]);
      return emit.node('Mul', [dy, emit.node('Add', [gate(emit, x), ramp])]);
    });
  },
};

/** relu6(x + 3) / 6, which the backward pass asks for again: written out, unlike in ONNX's own HardSwish, it is kept. */
function gate(emit: OnnxEmitter, x: string): string {
  return emit.node('HardSigmoid', [x], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } });
}
