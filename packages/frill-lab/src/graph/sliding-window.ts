/**
 * The geometry that convolutions and pools share: a window of `rows` x `columns` taps steps over an image
 * [batch, rows, columns, channels] that is surrounded by margins of zeros (of nothing, for pools).
 */

import type { Shape } from '../tensor/tensor.js';
import { ShapeError } from './shape-error.js';

/** Zeros around the image, in pixels. */
export interface Margins {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/**
 * `same`: TensorFlow's rule, output extents are ceil(input / stride) and an odd margin goes to the bottom and
 * right. `valid`: none.
 */
export type Padding = 'same' | 'valid' | Margins;

/** How the window steps, with the padding resolved for the image at hand. */
export interface Sliding {
  readonly stride: number;
  readonly margins: Margins;
}

/** A window over an image: everything that says which pixel meets which tap. */
export interface SlidingWindow extends Sliding {
  /** [batch, rows, columns, channels]; channels are of no concern here. */
  readonly image: Shape;
  /** Extents of the window. */
  readonly taps: readonly [rows: number, columns: number];
}

/** A kernel [rows, columns, ...] stepping over an image. */
export function kernelWindow(image: Shape, [rows, columns]: Shape, sliding: Sliding): SlidingWindow {
  return { ...sliding, image, taps: [rows, columns] };
}

/** Margins in numbers. */
export function resolvePadding(
  image: Shape,
  taps: readonly [number, number],
  stride: number,
  padding: Padding,
): Margins {
  if (padding === 'valid') return { top: 0, bottom: 0, left: 0, right: 0 };
  if (padding !== 'same') return padding;
  const total = [0, 1].map((axis) => {
    const extent = image[axis + 1];
    return Math.max(0, (Math.ceil(extent / stride) - 1) * stride + taps[axis] - extent);
  });
  const [top, left] = total.map((margin) => Math.floor(margin / 2));
  return { top, bottom: total[0] - top, left, right: total[1] - left };
}

/** Positions of the window, [rows, columns]. Throws where not even one fits. */
export function windowPositions(
  op: string,
  { image, taps, stride, margins }: SlidingWindow,
): [number, number] {
  const rows = Math.floor((image[1] + margins.top + margins.bottom - taps[0]) / stride) + 1;
  const columns = Math.floor((image[2] + margins.left + margins.right - taps[1]) / stride) + 1;
  if (!(rows > 0 && columns > 0))
    throw new ShapeError(op, `a window of ${taps} taps with stride ${stride} does not fit`, [image]);
  return [rows, columns];
}

/**
 * Calls `visit(pixel, position, tap)` for every tap that lies inside the image: `pixel` counts the pixels of all
 * images of the batch, `position` the outputs, `tap` the taps, each row by row.
 */
export function visitTaps(
  op: string,
  window: SlidingWindow,
  visit: (pixel: number, position: number, tap: number) => void,
): void {
  const { image, taps, stride, margins } = window;
  const [batch, rows, columns] = image;
  const [outRows, outColumns] = windowPositions(op, window);
  for (let n = 0; n < batch; n++)
    for (let outRow = 0; outRow < outRows; outRow++)
      for (let outColumn = 0; outColumn < outColumns; outColumn++) {
        const position = (n * outRows + outRow) * outColumns + outColumn;
        for (let tapRow = 0; tapRow < taps[0]; tapRow++) {
          const row = outRow * stride + tapRow - margins.top;
          if (row < 0 || row >= rows) continue;
          for (let tapColumn = 0; tapColumn < taps[1]; tapColumn++) {
            const column = outColumn * stride + tapColumn - margins.left;
            if (column < 0 || column >= columns) continue;
            visit((n * rows + row) * columns + column, position, tapRow * taps[1] + tapColumn);
          }
        }
      }
}
