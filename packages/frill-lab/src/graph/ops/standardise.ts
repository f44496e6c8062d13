/**
 * Standardisation of log-mel windows by the training features' mean and deviation, after a border of zeros:
 *
 *   y[n, t, m, c] = (x[n, t - top, m - left, c] - mean) / deviation,   x being zero outside the image
 *
 * One mean and one deviation for all bands, and the border that the convolution above needs laid around x itself: so
 * that convolution, which then pads no more, can take all of it over (`fold-standardise.ts`), and nothing is left of
 * it in an exported file. A log-mel of zero is sound of middling loudness; after standardisation the border is less
 * than one deviation from the mean. Values fill the range in which float32 gradients are exact.
 */
import { mapTensor, sizeOf, type Tensor, tensor } from '../../tensor/tensor.js';
import type { Op, Value } from '../graph.js';
import { ShapeError } from '../shape-error.js';
import type { Margins } from '../sliding-window.js';

interface StandardiseAttributes {
  readonly margins: Margins;
}

const NONE: Margins = { top: 0, bottom: 0, left: 0, right: 0 };

/**
 * x [N, time, mel, C], mean [], deviation [] (positive) -> x's shape, wider by the margins, none unless told. No
 * gradient for the statistics.
 */
export function standardise(x: Value, mean: Value, deviation: Value, margins: Margins = NONE): Value {
  return x.graph.apply(standardiseOp, [x, mean, deviation], { margins })[0];
}

export const standardiseOp: Op<StandardiseAttributes> = {
  name: 'standardise',

  shape([x, mean, deviation], { margins: { top, bottom, left, right } }) {
    if (x.length !== 4 || sizeOf(mean) !== 1 || sizeOf(deviation) !== 1)
      throw new ShapeError(this.name, 'needs [N, time, mel, C] and two scalars', [x, mean, deviation]);
    return [[x[0], x[1] + top + bottom, x[2] + left + right, x[3]]];
  },

  reference([x, mean, deviation], { margins }) {
    return [mapTensor(bordered(x, margins), (v) => (v - mean.data[0]) / deviation.data[0])];
  },

  /** The border is cut off again: margins below zero. */
  gradient({ inputs: [x, , deviation], attributes: { margins } }, [dy]) {
    if (!dy) return [null, null, null];
    const origin = x.graph.constant(tensor([]), 'zero');
    const { top, bottom, left, right } = margins;
    const cut = { top: -top, bottom: -bottom, left: -left, right: -right };
    return [standardise(dy, origin, deviation, cut), null, null];
  },

  onnx(emit, { inputs: [x, mean, deviation], outputs: [y], attributes }) {
    const { top, bottom, left, right } = attributes.margins;
    const image = emit.logical(x);
    const margins = [0, top, left, 0, 0, bottom, right, 0];
    const padded = margins.every((each) => each === 0)
      ? image
      : emit.node('Pad', [image, emit.integers(margins)]);
    // As one row: onnxruntime stretches a scalar along the last axis only, here of one channel, sixty times slower.
    const row = emit.reshape(padded, [sizeOf(y.shape)]);
    const centred = emit.node('Sub', [row, emit.logical(mean)]);
    const divided = emit.node('Div', [centred, emit.logical(deviation)]);
    emit.define(y, emit.reshape(divided, y.shape), 'logical');
  },
};

/** The image with zeros around it, or with rows and columns less where margins are below zero. */
function bordered({ shape: [batch, rows, columns, channels], data }: Tensor, margins: Margins): Tensor {
  const { top, bottom, left, right } = margins;
  const out = tensor([batch, rows + top + bottom, columns + left + right, channels]);
  const [, height, width] = out.shape;
  for (let n = 0; n < batch; n++)
    for (let i = Math.max(0, top); i < Math.min(height, rows + top); i++)
      for (let j = Math.max(0, left); j < Math.min(width, columns + left); j++)
        for (let c = 0; c < channels; c++)
          out.data[((n * height + i) * width + j) * channels + c] =
            data[((n * rows + i - top) * columns + j - left) * channels + c];
  return out;
}
