/** Rows scaled to unit length, y = x / sqrt(max(sum of x^2, epsilon)): tf.math.l2_normalize. */

import { tensor } from '../../tensor/tensor.js';
import type { Op, Value } from '../graph.js';
import type { OnnxEmitter } from '../onnx-emitter.js';
import { ShapeError } from '../shape-error.js';

interface L2NormaliseAttributes {
  readonly epsilon: number;
}

/** x [N, F] -> [N, F]; epsilon is 1e-12 unless told. */
export function l2Normalise(x: Value, { epsilon = 1e-12 }: { epsilon?: number } = {}): Value {
  return x.graph.apply(l2NormaliseOp, [x], { epsilon })[0];
}

export const l2NormaliseOp: Op<L2NormaliseAttributes> = {
  name: 'l2-normalise',

  shape([x]) {
    if (x.length !== 2) throw new ShapeError(this.name, 'needs [N, F]', [x]);
    return [x];
  },

  reference([x], { epsilon }) {
    const [rows, width] = x.shape;
    const y = tensor(x.shape);
    for (let n = 0; n < rows; n++) {
      const row = x.data.subarray(n * width, (n + 1) * width);
      const square = row.reduce((sum, v) => sum + v * v, 0);
      const scale = 1 / Math.sqrt(Math.max(square, epsilon));
      for (let i = 0; i < width; i++) y.data[n * width + i] = scale * row[i];
    }
    return [y];
  },

  gradient({ inputs: [x], outputs: [y], attributes }, [dy]) {
    return [dy && x.graph.apply(l2NormaliseGradientOp, [dy, x, y], attributes)[0]];
  },

  onnx(emit, { inputs: [x], outputs: [y], attributes: { epsilon } }) {
    emit.define(y, emit.node('Div', [emit.channels(x), lengths(emit, x, epsilon)]), 'channels');
  },

  /** TFLite's epsilon is fixed, at 1e-12 as here by default. */
  tflite(emit, { inputs: [x], outputs: [y] }) {
    emit.operator('L2_NORMALIZATION', [emit.activation(x)], [emit.activation(y)]);
  },
};

/** (dy - y (y . dy)) / |x|; rows shorter than sqrt(epsilon) are merely scaled. Inputs: gradient of y, x, y. */
export const l2NormaliseGradientOp: Op<L2NormaliseAttributes> = {
  name: 'l2-normalise-gradient',

  shape([dy]) {
    return [dy];
  },

  reference([dy, x, y], { epsilon }) {
    const [rows, width] = x.shape;
    const dx = tensor(x.shape);
    for (let n = 0; n < rows; n++) {
      let square = 0;
      let along = 0;
      for (let i = n * width; i < (n + 1) * width; i++) {
        square += x.data[i] ** 2;
        along += y.data[i] * dy.data[i];
      }
      const scale = 1 / Math.sqrt(Math.max(square, epsilon));
      if (square < epsilon) along = 0;
      for (let i = n * width; i < (n + 1) * width; i++) dx.data[i] = scale * (dy.data[i] - y.data[i] * along);
    }
    return [dx];
  },

  onnx(emit, { inputs: [dy, x, y], outputs: [dx], attributes: { epsilon } }) {
    const [upstream, unit] = [emit.channels(dy), emit.channels(y)];
    const projection = emit.reduce('ReduceSum', emit.node('Mul', [unit, upstream]), [0]);
    const isLong = emit.node('GreaterOrEqual', [squares(emit, x), emit.floats(epsilon)]);
    const along = emit.node('Mul', [projection, emit.node('Cast', [isLong], { to: 1 })]);
    const across = emit.node('Sub', [upstream, emit.node('Mul', [unit, along])]);
    emit.define(dx, emit.node('Div', [across, lengths(emit, x, epsilon)]), 'channels');
  },
};

/** Sum of squares of each row, [1, N]. */
function squares(emit: OnnxEmitter, x: Value): string {
  const values = emit.channels(x);
  return emit.reduce('ReduceSum', emit.node('Mul', [values, values]), [0]);
}

function lengths(emit: OnnxEmitter, x: Value, epsilon: number): string {
  return emit.node('Sqrt', [emit.node('Max', [squares(emit, x), emit.floats(epsilon)])]);
}
