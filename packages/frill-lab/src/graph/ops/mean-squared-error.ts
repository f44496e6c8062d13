/** The distillation loss: mean over all elements of (prediction - target)^2. */

import { mapTensor, sameShape, sizeOf, tensor } from '../../tensor/tensor.js';
import type { Op, Value } from '../graph.js';
import { inOneLayout } from '../onnx-elementwise.js';
import { ShapeError } from '../shape-error.js';

/** Two tensors of one shape -> []. The target gets no gradient. */
export function meanSquaredError(prediction: Value, target: Value): Value {
  return prediction.graph.apply(meanSquaredErrorOp, [prediction, target], {})[0];
}

export const meanSquaredErrorOp: Op<object> = {
  name: 'mean-squared-error',

  shape([prediction, target]) {
    if (!sameShape(prediction, target))
      throw new ShapeError(this.name, 'prediction and target differ', [prediction, target]);
    return [[]];
  },

  reference([prediction, target]) {
    let sum = 0;
    for (let i = 0; i < target.data.length; i++) sum += (prediction.data[i] - target.data[i]) ** 2;
    return [tensor([], [sum / target.data.length])];
  },

  gradient({ inputs: [prediction, target] }, [dLoss]) {
    if (!dLoss) return [null, null];
    return [prediction.graph.apply(meanSquaredErrorGradientOp, [dLoss, prediction, target], {})[0], null];
  },

  onnx(emit, { inputs, outputs: [y] }) {
    const difference = emit.node('Sub', inOneLayout(emit, inputs).tensors);
    const sum = emit.node('ReduceSumSquare', [difference], { keepdims: 0 });
    emit.define(y, emit.node('Mul', [sum, emit.floats(1 / sizeOf(inputs[0].shape))]), 'logical');
  },
};

/** 2 (prediction - target) / n. Inputs: gradient of the loss [], prediction, target. */
export const meanSquaredErrorGradientOp: Op<object> = {
  name: 'mean-squared-error-gradient',

  shape([, prediction]) {
    return [prediction];
  },

  reference([dLoss, prediction, target]) {
    const scale = (2 * dLoss.data[0]) / target.data.length;
    return [mapTensor(target, (v, i) => scale * (prediction.data[i] - v))];
  },

  onnx(emit, { inputs: [dLoss, prediction, target], outputs: [dx] }) {
    const { layout, tensors } = inOneLayout(emit, [prediction, target]);
    const scale = emit.node('Mul', [emit.logical(dLoss), emit.floats(2 / sizeOf(target.shape))]);
    emit.define(dx, emit.node('Mul', [emit.node('Sub', tensors), scale]), layout);
  },
};
