/** The largest value under a window, channel by channel. Margins hold nothing, so that they are never the largest. */
import { type Shape, tensor } from '../../tensor/tensor.js';
import type { Value } from '../graph.js';
import { type Op, ShapeError } from '../op.js';
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
};

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
};
