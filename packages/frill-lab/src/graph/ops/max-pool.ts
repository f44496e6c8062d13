/** The largest value under a window, channel by channel. Margins hold nothing, so that they are never the largest. */
import { type Shape, sizeOf, tensor } from '../../tensor/tensor.js';
import type { Op, Value } from '../graph.js';
import { channelsShape, type OnnxEmitter } from '../onnx-emitter.js';
import { ShapeError } from '../shape-error.js';
import {
  type Padding,
  resolvePadding,
  type Sliding,
  type SlidingWindow,
  visitTaps,
  windowPositions,
} from '../sliding-window.js';

export interface MaxPoolAttributes extends Sliding {
  /** Rows and columns of the window. */
  readonly taps: readonly [number, number];
}

/** x [N, H, W, C] -> [N, H', W', C]; `same` unless told. Margins must be narrower than the window. */
export function maxPool(
  x: Value,
  { window, stride, padding = 'same' }: { window: number; stride: number; padding?: Padding },
): Value {
  const taps = [window, window] as const;
  const margins = resolvePadding(x.shape, taps, stride, padding);
  return x.graph.apply(maxPoolOp, [x], { taps, stride, margins })[0];
}

function windowOf(image: Shape, attributes: MaxPoolAttributes): SlidingWindow {
  return { ...attributes, image };
}

export const maxPoolOp: Op<MaxPoolAttributes> = {
  name: 'max-pool',

  shape([x], attributes) {
    if (x.length !== 4) throw new ShapeError(this.name, 'needs an image [N, H, W, C]', [x]);
    return [[x[0], ...windowPositions(this.name, windowOf(x, attributes)), x[3]]];
  },

  reference([x], attributes) {
    const channels = x.shape[3];
    const window = windowOf(x.shape, attributes);
    const y = tensor([x.shape[0], ...windowPositions(this.name, window), channels]);
    y.data.fill(Number.NEGATIVE_INFINITY);
    visitTaps(this.name, window, (pixel, position) => {
      for (let c = 0; c < channels; c++) {
        const out = position * channels + c;
        y.data[out] = Math.max(y.data[out], x.data[pixel * channels + c]);
      }
    });
    return [y];
  },

  gradient({ inputs: [x], outputs: [y], attributes }, [dy]) {
    return [dy && x.graph.apply(maxPoolGradientOp, [dy, x, y], attributes)[0]];
  },

  onnx(emit, { inputs: [x], outputs: [y], attributes }) {
    emit.define(y, emit.reshape(pooled(emit, x, attributes).largest, channelsShape(y.shape)), 'channels');
  },

  tflite(emit, { inputs: [x], outputs: [y], attributes: { taps, ...sliding } }) {
    // Zeros around the image would be larger than negative numbers: only what the schema calls SAME or VALID is right.
    const { image, padding } = emit.window(x, taps, sliding);
    if (image !== emit.activation(x)) throw new Error(`${this.name}: has no .tflite form with these margins`);
    const [filter_height, filter_width] = taps;
    emit.operator('MAX_POOL_2D', [image], [emit.activation(y)], {
      padding,
      stride_h: sliding.stride,
      stride_w: sliding.stride,
      filter_height,
      filter_width,
    });
  },
};

/** Every channel of every image is an image of its own to onnxruntime; `places` index the whole of x. */
function pooled(
  emit: OnnxEmitter,
  x: Value,
  { taps, stride, margins }: MaxPoolAttributes,
): { largest: string; places: string } {
  const [batch, rows, columns, channels] = x.shape;
  const images = emit.reshape(emit.channels(x), [channels, batch, rows, columns]);
  const [largest, places] = emit.nodes('MaxPool', [images], 2, {
    kernel_shape: taps,
    strides: [stride, stride],
    pads: [margins.top, margins.left, margins.bottom, margins.right],
  });
  return { largest, places };
}

/** Goes to where the largest value lies: to the first in row order if several are equal. Inputs: gradient of y, x, y. */
export const maxPoolGradientOp: Op<MaxPoolAttributes> = {
  name: 'max-pool-gradient',

  shape([, x]) {
    return [x];
  },

  reference([dy, x, y], attributes) {
    const channels = x.shape[3];
    const dx = tensor(x.shape);
    const isGiven = new Uint8Array(y.data.length);
    visitTaps(this.name, windowOf(x.shape, attributes), (pixel, position) => {
      for (let c = 0; c < channels; c++) {
        const out = position * channels + c;
        if (isGiven[out] || x.data[pixel * channels + c] !== y.data[out]) continue;
        dx.data[pixel * channels + c] += dy.data[out];
        isGiven[out] = 1;
      }
    });
    return [dx];
  },

  onnx(emit, { inputs: [dy, x], outputs: [dx], attributes }) {
    const zeros = emit.node('ConstantOfShape', [emit.integers([sizeOf(x.shape)])]);
    const places = emit.reshape(pooled(emit, x, attributes).places, [sizeOf(dy.shape)]);
    const upstream = emit.reshape(emit.channels(dy), [sizeOf(dy.shape)]);
    const spread = emit.node('ScatterElements', [zeros, places, upstream], { axis: 0, reduction: 'add' });
    emit.define(dx, emit.reshape(spread, channelsShape(x.shape)), 'channels');
  },
};
