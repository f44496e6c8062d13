/**
 * Depthwise convolution as matrix products, one for each channel. A convolution of a whole image is a product with a
 * Toeplitz matrix T [pixels in, positions out], most of it zeros; that is still up to fifty times faster on small maps
 * than onnxruntime's grouped convolutions and their gradients. T comes out of the kernel by a product with a constant
 * S of zeros and ones, T = kernel^T S, so that everything about it, backward passes included, is a matrix product:
 *
 *     y = x T      dx = dy T^T      dT = x^T dy      dkernel = S dT^T
 *
 * On large maps T would be too large: there only columns go through a Toeplitz matrix, and the rows that a position
 * sees are laid side by side first.
 */
import type { OnnxEmitter } from './onnx-emitter.js';
import { concatenate, type Run, unfold } from './onnx-unfold.js';
import { type SlidingWindow, visitTaps, windowPositions } from './sliding-window.js';

/** Largest T per channel, in elements, that is used for whole images. */
const WHOLE_IMAGE_LIMIT = 96 * 96;

/** A depthwise convolution about to be written: its geometry and the ONNX tensor [taps, C] of its kernel. */
export interface DepthwiseForm {
  readonly emit: OnnxEmitter;
  readonly window: SlidingWindow;
  readonly channels: number;
}

/** `image` [C, N*H*W], `kernel` [taps, C] -> [C, N*H'*W'] */
export function depthwiseForward(form: DepthwiseForm, image: string, kernel: string): string {
  const { emit, channels } = form;
  const { seen, selection, inner, outer } = forwardForm(form, image);
  const product = emit.matmul(seen, toeplitz(form, kernel, selection, inner, outer));
  const [batch] = form.window.image;
  const [rows, columns] = windowPositions('depthwise-conv2d', form.window);
  return emit.reshape(product, [channels, batch * rows * columns]);
}

/** `image` [C, N*H*W], `upstream` [C, N*H'*W'] -> [taps, C] */
export function depthwiseKernelGradient(form: DepthwiseForm, image: string, upstream: string): string {
  const { emit, channels } = form;
  const { seen, selection, inner, outer, samples } = forwardForm(form, image);
  const positions = emit.reshape(upstream, [channels, samples, outer]);
  const product = emit.reshape(emit.matmul(seen, positions, { a: true }), [channels, inner * outer]);
  return emit.matmul(selection, product, { b: true });
}

/** `upstream` [C, N*H'*W'], `kernel` [taps, C] -> [C, N*H*W] */
export function depthwiseInputGradient(form: DepthwiseForm, upstream: string, kernel: string): string {
  const { emit, window, channels } = form;
  const [batch, rows, columns] = window.image;
  const [outRows, outColumns] = windowPositions('depthwise-conv2d', window);
  if (fitsWhole(window)) {
    const { selection, inner, outer } = wholeImage(emit, window);
    const positions = emit.reshape(upstream, [channels, batch, outer]);
    const product = emit.matmul(positions, toeplitz(form, kernel, selection, inner, outer), { b: true });
    return emit.reshape(product, [channels, batch * rows * columns]);
  }
  // Blocks of `stride` image rows; each sees the same few rows of the gradient, relative to its own number.
  const { stride, margins, taps } = window;
  const blocks = Math.ceil(rows / stride);
  const first = -Math.floor((taps[0] - 1 - margins.top) / stride);
  const last = Math.floor((stride - 1 + margins.top) / stride);
  const seenRows = last - first + 1;
  const [inner, outer] = [seenRows * outColumns, stride * columns];
  const selection = new Float32Array(taps[0] * taps[1] * inner * outer);
  for (let row = 0; row < stride; row++)
    for (let tapRow = 0; tapRow < taps[0]; tapRow++) {
      const down = (row + margins.top - tapRow) / stride;
      if (!Number.isInteger(down)) continue;
      visitColumns(window, outColumns, (column, outColumn, tapColumn) => {
        const from = (down - first) * outColumns + outColumn;
        selection[((tapRow * taps[1] + tapColumn) * inner + from) * outer + row * columns + column] = 1;
      });
    }
  const constant = emit.floats(selection, [taps[0] * taps[1], inner * outer]);
  const gradient = emit.reshape(upstream, [channels, batch, outRows, outColumns]);
  const offsets = Array.from({ length: seenRows }, (_, at) => first + at);
  const seen = rowsSideBySide(emit, gradient, [outRows, outColumns], offsets, blocks, 1);
  const product = emit.matmul(
    emit.reshape(seen, [channels, batch * blocks, inner]),
    toeplitz(form, kernel, constant, inner, outer),
  );
  const whole = emit.reshape(product, [channels, batch, blocks * stride, columns]);
  const [cropped] = unfold(emit, whole, [blocks * stride, columns], [[run(0, rows, 1), run(0, columns, 1)]]);
  return emit.reshape(cropped, [channels, batch * rows * columns]);
}

/** What a product needs: the image as [C, samples, inner], and S [taps, inner * outer]. */
interface ForwardForm {
  readonly seen: string;
  readonly selection: string;
  readonly samples: number;
  readonly inner: number;
  readonly outer: number;
}

function fitsWhole(window: SlidingWindow): boolean {
  const [outRows, outColumns] = windowPositions('depthwise-conv2d', window);
  return window.image[1] * window.image[2] * outRows * outColumns <= WHOLE_IMAGE_LIMIT;
}

function forwardForm({ emit, window, channels }: DepthwiseForm, image: string): ForwardForm {
  const [batch, rows, columns] = window.image;
  if (fitsWhole(window)) {
    const { selection, inner, outer } = wholeImage(emit, window);
    return { seen: emit.reshape(image, [channels, batch, inner]), selection, samples: batch, inner, outer };
  }
  const { taps, stride, margins } = window;
  const [outRows, outColumns] = windowPositions('depthwise-conv2d', window);
  const [inner, outer] = [taps[0] * columns, outColumns];
  const selection = new Float32Array(taps[0] * taps[1] * inner * outer);
  for (let tapRow = 0; tapRow < taps[0]; tapRow++)
    visitColumns(window, outColumns, (column, outColumn, tapColumn) => {
      const from = tapRow * columns + column;
      selection[((tapRow * taps[1] + tapColumn) * inner + from) * outer + outColumn] = 1;
    });
  const offsets = Array.from({ length: taps[0] }, (_, tapRow) => tapRow - margins.top);
  const pixels = emit.reshape(image, [channels, batch, rows, columns]);
  const seen = rowsSideBySide(emit, pixels, [rows, columns], offsets, outRows, stride);
  return {
    seen: emit.reshape(seen, [channels, batch * outRows, inner]),
    selection: emit.floats(selection, [taps[0] * taps[1], inner * outer]),
    samples: batch * outRows,
    inner,
    outer,
  };
}

function wholeImage(emit: OnnxEmitter, window: SlidingWindow) {
  const [, rows, columns] = window.image;
  const [outRows, outColumns] = windowPositions('depthwise-conv2d', window);
  const [inner, outer] = [rows * columns, outRows * outColumns];
  const taps = window.taps[0] * window.taps[1];
  const selection = new Float32Array(taps * inner * outer);
  visitTaps('depthwise-conv2d', { ...window, image: [1, rows, columns] }, (pixel, position, tap) => {
    selection[(tap * inner + pixel) * outer + position] = 1;
  });
  return { selection: emit.floats(selection, [taps, inner * outer]), inner, outer };
}

/** T [C, inner, outer] of a kernel [taps, C]. */
function toeplitz(
  { emit, channels }: DepthwiseForm,
  kernel: string,
  selection: string,
  inner: number,
  outer: number,
): string {
  return emit.reshape(emit.matmul(kernel, selection, { a: true }), [channels, inner, outer]);
}

/** For each of `count` rows, the rows at `offsets` from it, as one long row: [C, N, count, offsets * columns]. */
function rowsSideBySide(
  emit: OnnxEmitter,
  image: string,
  [rows, columns]: readonly [number, number],
  offsets: readonly number[],
  count: number,
  step: number,
): string {
  const runs = offsets.map((offset) => [run(offset, count, step), run(0, columns, 1)] as const);
  return concatenate(emit, unfold(emit, image, [rows, columns], runs), 3);
}

/** Calls `visit` for every column of the image that meets a tap of the window. */
function visitColumns(
  { image, taps, stride, margins }: SlidingWindow,
  outColumns: number,
  visit: (column: number, outColumn: number, tapColumn: number) => void,
): void {
  for (let outColumn = 0; outColumn < outColumns; outColumn++)
    for (let tapColumn = 0; tapColumn < taps[1]; tapColumn++) {
      const column = outColumn * stride + tapColumn - margins.left;
      if (column >= 0 && column < image[2]) visit(column, outColumn, tapColumn);
    }
}

function run(offset: number, count: number, step: number): Run {
  return { offset, count, step };
}
