/** Mean over rows and columns of an image, one number per image and channel. */
import { type Shape, tensor } from '../../tensor/tensor.js';
import { broadcastIndex } from '../broadcast.js';
import type { Op, Value } from '../graph.js';
import { emitSpread } from '../onnx-elementwise.js';
import { ShapeError } from '../shape-error.js';

/** x [N, H, W, C] -> [N, 1, 1, C] */
export function globalAveragePool(x: Value): Value {
  return x.graph.apply(globalAveragePoolOp, [x], {})[0];
}

export const globalAveragePoolOp: Op<object> = {
  name: 'global-average-pool',

  shape([x]) {
    if (x.length !== 4) throw new ShapeError(this.name, 'needs an image [N, H, W, C]', [x]);
    return [[x[0], 1, 1, x[3]]];
  },

  reference([x]) {
    const [batch, rows, columns, channels] = x.shape;
    const y = tensor([batch, 1, 1, channels]);
    const target = broadcastIndex(this.name, x.shape, y.shape);
    for (let i = 0; i < x.data.length; i++) y.data[target(i)] += x.data[i] / (rows * columns);
    return [y];
  },

  gradient({ inputs: [x] }, [dy]) {
    return [dy && x.graph.apply(globalAveragePoolGradientOp, [dy], { image: x.shape })[0]];
  },

  onnx(emit, { inputs: [x], outputs: [y] }) {
    const [batch, rows, columns, channels] = x.shape;
    const image = emit.reshape(emit.channels(x), [channels, batch, rows * columns]);
    emit.define(y, emit.reshape(emit.reduce('ReduceMean', image, [2]), [channels, batch]), 'channels');
  },

  tflite(emit, { inputs: [x], outputs: [y] }) {
    emit.operator('MEAN', [emit.activation(x), emit.integers([1, 2])], [emit.activation(y)], {
      keep_dims: true,
    });
  },
};

/** Spreads [N, 1, 1, C] evenly over the image. Input: gradient of y. */
export const globalAveragePoolGradientOp: Op<{ readonly image: Shape }> = {
  name: 'global-average-pool-gradient',

  shape(_inputs, { image }) {
    return [image];
  },

  reference([dy], { image }) {
    const dx = tensor(image);
    const source = broadcastIndex(this.name, image, dy.shape);
    for (let i = 0; i < dx.data.length; i++) dx.data[i] = dy.data[source(i)] / (image[1] * image[2]);
    return [dx];
  },

  onnx(emit, { inputs: [dy], outputs: [dx], attributes: { image } }) {
    const [batch, rows, columns, channels] = image;
    const share = emitSpread(emit, emit.channels(dy), rows * columns, 1 / (rows * columns));
    emit.define(dx, emit.reshape(share, [channels, batch * rows * columns]), 'channels');
  },
};
