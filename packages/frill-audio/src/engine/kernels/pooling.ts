/** Definitions of the pools: what is left of the pixels of an image, by channel. */
import type { SlidingWindow } from '../step.js';

/** [pixels, channels] -> [channels], the mean. */
export function averages(input: ArrayLike<number>, pixels: number, channels: number): Float64Array {
  const means = new Float64Array(channels);
  for (let at = 0; at < pixels * channels; at++) means[at % channels] += input[at] / pixels;
  return means;
}

/** [rows, columns, channels] -> [outRows, outColumns, channels]; what lies outside the image does not count. */
export function largest(
  input: ArrayLike<number>,
  [rows, columns, channels]: readonly [number, number, number],
  window: SlidingWindow,
  [outRows, outColumns]: readonly [number, number],
): Float64Array {
  return Float64Array.from({ length: outRows * outColumns * channels }, (_, at) => {
    const pixel = Math.floor(at / channels);
    const top = Math.floor(pixel / outColumns) * window.strideRows - window.top;
    const left = (pixel % outColumns) * window.strideColumns - window.left;
    let most = Number.NEGATIVE_INFINITY;
    for (let row = Math.max(0, top); row < Math.min(rows, top + window.rows); row++)
      for (let column = Math.max(0, left); column < Math.min(columns, left + window.columns); column++)
        most = Math.max(most, input[(row * columns + column) * channels + (at % channels)]);
    return most;
  });
}
