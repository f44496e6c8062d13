/** Images as rows of numbers, in the order row, column, channel; and back. */

import { type Shape, sameShape, sizeOf, tensor } from '../../tensor/tensor.js';
import type { Op, Value } from '../graph.js';
import { channelsShape } from '../onnx-emitter.js';
import { ShapeError } from '../shape-error.js';

/** x [N, ...] -> [N, product of the rest] */
export function flatten(x: Value): Value {
  return x.graph.apply(flattenOp, [x], {})[0];
}

export const flattenOp: Op<object> = {
  name: 'flatten',

  shape([x]) {
    if (x.length < 2) throw new ShapeError(this.name, 'needs [N, ...]', [x]);
    return [[x[0], sizeOf(x.slice(1))]];
  },

  reference([x]) {
    return [tensor([x.shape[0], sizeOf(x.shape.slice(1))], x.data)];
  },

  gradient({ inputs: [x] }, [dy]) {
    return [dy && x.graph.apply(unflattenOp, [dy], { shape: x.shape })[0]];
  },

  onnx(emit, { inputs: [x], outputs: [y] }) {
    const [channels, rest] = channelsShape(x.shape);
    const batch = x.shape[0];
    const image = emit.reshape(emit.channels(x), [channels, batch, rest / batch]);
    emit.define(y, emit.reshape(emit.transpose(image, [2, 0, 1]), [y.shape[1], batch]), 'channels');
  },

  tflite(emit, { inputs: [x], outputs: [y] }) {
    const shape = [-1, y.shape[1]];
    emit.operator('RESHAPE', [emit.activation(x), emit.integers(shape)], [emit.activation(y)], {
      new_shape: shape,
    });
  },
};

/** The way back: [N, F] -> `shape`, which is [N, ...]. */
export const unflattenOp: Op<{ readonly shape: Shape }> = {
  name: 'unflatten',

  shape([x], { shape }) {
    if (!sameShape(x, [shape[0], sizeOf(shape.slice(1))]))
      throw new ShapeError(this.name, `does not hold [${shape.join(', ')}]`, [x]);
    return [shape];
  },

  reference([x], { shape }) {
    return [tensor(shape, x.data)];
  },

  onnx(emit, { inputs: [x], outputs: [y] }) {
    const [channels, rest] = channelsShape(y.shape);
    const batch = y.shape[0];
    const pixels = emit.reshape(emit.channels(x), [rest / batch, channels, batch]);
    emit.define(y, emit.reshape(emit.transpose(pixels, [1, 2, 0]), [channels, rest]), 'channels');
  },
};
