/** Definition of the depthwise convolution, in floats or integers. */
import type { SlidingWindow } from '../step.js';

/**
 * Sums of one image [rows, columns, channels] under `weights` [window.rows, window.columns, channels]: [outRows, outColumns, channels].
 * Taps outside the image count nothing.
 */
export function depthwiseSums(
  input: ArrayLike<number>,
  [rows, columns, channels]: readonly [number, number, number],
  weights: ArrayLike<number>,
  window: SlidingWindow,
  [outRows, outColumns]: readonly [number, number],
): Float64Array {
  const sums = new Float64Array(outRows * outColumns * channels);
  for (let at = 0; at < sums.length; at++) {
    const channel = at % channels;
    const pixel = Math.floor(at / channels);
    const top = Math.floor(pixel / outColumns) * window.strideRows - window.top;
    const left = (pixel % outColumns) * window.strideColumns - window.left;
    for (let i = 0; i < window.rows; i++)
      for (let j = 0; j < window.columns; j++) {
        const [row, column] = [top + i, left + j];
        if (row < 0 || row >= rows || column < 0 || column >= columns) continue;
        sums[at] +=
          input[(row * columns + column) * channels + channel] *
          weights[(i * window.columns + j) * channels + channel];
      }
  }
  return sums;
}
