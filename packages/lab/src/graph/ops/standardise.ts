/**
 * Standardisation of log-mel windows by the training features' statistics, band by band:
 *
 *   y[n, t, m, c] = (x[n, t, m, c] - mean[m]) / deviation[m]
 *
 * Zero padding of the layer above then means "average sound", and values fill the range in which float32 gradients
 * are exact. It cannot be folded into that layer's kernel (kernels are shared between bands, and padding comes
 * after it), and costs next to nothing where it is.
 */
import { mapTensor, sameShape, tensor } from '../../tensor/tensor.js';
import type { Value } from '../graph.js';
import { type Op, ShapeError } from '../op.js';

/** x [N, time, mel, C], mean [mel], deviation [mel] (positive) -> x's shape. No gradient for the statistics. */
export function standardise(x: Value, mean: Value, deviation: Value): Value {
  return x.graph.apply(standardiseOp, [x, mean, deviation], {})[0];
}

export const standardiseOp: Op<object> = {
  name: 'standardise',

  shape([x, mean, deviation]) {
    if (x.length !== 4 || !sameShape(mean, [x[2]]) || !sameShape(deviation, [x[2]]))
      throw new ShapeError(this.name, 'needs [N, time, mel, C] and two vectors [mel]', [x, mean, deviation]);
    return [x];
  },

  reference([x, mean, deviation]) {
    const [, , bands, channels] = x.shape;
    const bandOf = (i: number) => Math.floor(i / channels) % bands;
    return [mapTensor(x, (v, i) => (v - mean.data[bandOf(i)]) / deviation.data[bandOf(i)])];
  },

  gradient({ inputs: [x, , deviation] }, [dy]) {
    if (!dy) return [null, null, null];
    const origin = x.graph.constant(tensor(deviation.shape), 'zeros');
    return [standardise(dy, origin, deviation), null, null];
  },

  onnx(emit, { inputs: [x, mean, deviation], outputs: [y] }) {
    const bands = (statistic: Value) => emit.reshape(emit.logical(statistic), [x.shape[2], 1]);
    const centred = emit.node('Sub', [emit.logical(x), bands(mean)]);
    emit.define(y, emit.node('Div', [centred, bands(deviation)]), 'logical');
  },

  tflite(emit, { inputs: [x, mean, deviation], outputs: [y] }) {
    const perBand = (numbers: number[]) => emit.floats(numbers, [1, 1, numbers.length, 1]);
    const centred = emit.temporary(x.shape);
    const means = Array.from(emit.numbers(mean), (v) => -v);
    const scales = Array.from(emit.numbers(deviation), (v) => 1 / v);
    emit.operator('ADD', [emit.activation(x), perBand(means)], [centred]);
    emit.operator('MUL', [centred, perBand(scales)], [emit.activation(y)]);
  },
};
