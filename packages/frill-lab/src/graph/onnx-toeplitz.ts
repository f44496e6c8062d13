/**
 * Depthwise convolution as matrix products, one for each channel. A convolution of a whole image is a product with a
 * Toeplitz matrix T [pixels in, positions out], most of it zeros; that is still up to fifty times faster on small maps
 * than onnxruntime's grouped convolutions and their gradients. T comes out of the kernel by a product with a constant
 * S of zeros and ones, T = kernel S, so that everything about it, backward passes included, is a matrix product:
 *
 *     y = x T      dx = dy T^T      dT = x^T dy      dkernel = dT S^T
 *
 * On large maps T would be too large: there an image is cut into blocks of rows, which lie in memory as they are. What
 * a block sees of its neighbours is a second, narrow factor with a T of its own, and the two products are added.
 */
import type { OnnxEmitter } from './onnx-emitter.js';
import { concatenate, type Run, unfold } from './onnx-unfold.js';
import { type SlidingWindow, windowPositions } from './sliding-window.js';

/**
 * Largest T per channel, in elements for each tap, that is used for whole images: 5x5 taps on 12 x 8 pixels, but not 3x3
 * taps, of which blocks take 3.6 ms instead of 4.3 for 88 channels and 32 images.
 */
const WHOLE_IMAGE_LIMIT = 384;

/** A depthwise convolution about to be written: its geometry and how many channels there are. */
export interface DepthwiseForm {
  readonly emit: OnnxEmitter;
  readonly window: SlidingWindow;
  readonly channels: number;
}

/** `image` [C, N*H*W], `kernel` [C, taps] -> [C, N*H'*W'] */
export function depthwiseForward(form: DepthwiseForm, image: string, kernel: string): string {
  const { emit } = form;
  const { positions } = blocksOf(form);
  const products = forwardFactors(form, image).map(({ seen, rows }) =>
    emit.matmul(seen, toeplitz(form, kernel, forwardSelection(form, rows))),
  );
  return flat(form, sum(emit, products), positions);
}

/** `image` [C, N*H*W], `upstream` [C, N*H'*W'] -> [C, taps] */
export function depthwiseKernelGradient(form: DepthwiseForm, image: string, upstream: string): string {
  const { emit, channels } = form;
  const blocks = blocksOf(form);
  const gradient = blocked(form, upstream, blocks.positions);
  const products = forwardFactors(form, image).map(({ seen, rows }) => {
    const selection = forwardSelection(form, rows);
    const factors = [seen, ownRows(form, gradient, blocks.positions)];
    // onnxruntime is faster with the wider factor on the right, by up to a third; dT is then transposed, and S as well.
    const isWide = selection.inner > selection.outer;
    const [left, right] = isWide ? factors.reverse() : factors;
    const product = emit.reshape(emit.matmul(left, right, { a: true }), [channels, -1]);
    return emit.matmul(product, selectionMatrix(emit, isWide ? transposed(selection) : selection), {
      b: true,
    });
  });
  return sum(emit, products);
}

/** `upstream` [C, N*H'*W'], `kernel` [C, taps] -> [C, N*H*W] */
export function depthwiseInputGradient(form: DepthwiseForm, upstream: string, kernel: string): string {
  const { emit, window } = form;
  const { stride, margins, taps } = window;
  const { count, pixels, positions } = blocksOf(form);
  const gradient = blocked(form, upstream, positions);
  if (count === 1) {
    const whole = toeplitz(form, kernel, forwardSelection(form, [[0, pixels.rows]]));
    return flat(form, emit.matmul(ownRows(form, gradient, positions), whole, { b: true }), pixels);
  }
  // One wider product: the gradient has at most as many rows as the image, and a second pass over the image costs more.
  const above = Math.floor((taps[0] - 1 - margins.top) / stride);
  const below = Math.floor((stride - 1 + margins.top) / stride);
  const { seen, rows } = sideBySide(form, gradient, positions, [
    [-above, 0],
    [0, positions.rows],
    [positions.rows, positions.rows + below],
  ]);
  return flat(form, emit.matmul(seen, toeplitz(form, kernel, backwardSelection(form, rows))), pixels);
}

/** One side of the convolution, cut into blocks: how many rows each has, and the extents of the whole. */
interface Side {
  readonly rows: number;
  readonly whole: readonly [rows: number, columns: number];
}

interface Blocks {
  readonly count: number;
  /** Blocks of the image. */
  readonly pixels: Side;
  /** Blocks of the result. */
  readonly positions: Side;
}

/** Rows of one side that a block of the other side sees, [from, to), counted from the block's own first row. */
type RowRange = readonly [from: number, to: number];

/** Left factor of a product: [C, N * blocks, columns of the rows one after the other]. */
interface Factor {
  readonly seen: string;
  readonly rows: readonly RowRange[];
}

/** S, as [taps, inner, outer] zeros and ones. */
interface Selection {
  readonly ones: Float32Array;
  readonly inner: number;
  readonly outer: number;
}

function blocksOf({ window }: DepthwiseForm): Blocks {
  const [outRows, outColumns] = windowPositions('depthwise-conv2d', window);
  const { image, stride } = window;
  const height = blockHeight(window);
  const count = Math.max(Math.ceil(outRows / height), Math.ceil(image[1] / (height * stride)));
  return {
    count,
    pixels: { rows: height * stride, whole: [image[1], image[2]] },
    positions: { rows: height, whole: [outRows, outColumns] },
  };
}

/**
 * Rows of positions in a block: all of them while T is small. Else 2 or 3, where products are cheap and neighbours still
 * few: for 3x3 taps, 64 channels and 32 images of 48 x 32 the three products with stride 2 take 19 ms of one core (all
 * rows of an image unfolded side by side: 30 ms), for 72 channels of 24 x 16 with stride 1 they take 13 ms (17 ms).
 * Neighbours reach no further than the next block.
 */
function blockHeight(window: SlidingWindow): number {
  const [outRows, outColumns] = windowPositions('depthwise-conv2d', window);
  const { image, stride, taps } = window;
  const elements = image[1] * image[2] * outRows * outColumns;
  if (elements <= WHOLE_IMAGE_LIMIT * taps[0] * taps[1]) return outRows;
  return Math.max(stride === 1 ? 3 : 2, taps[0] - 1);
}

/** The image's own rows, and those of the neighbouring blocks if there are any. */
function forwardFactors(form: DepthwiseForm, image: string): readonly Factor[] {
  const { stride, margins, taps } = form.window;
  const { count, pixels } = blocksOf(form);
  const blocks = blocked(form, image, pixels);
  const own = { seen: ownRows(form, blocks, pixels), rows: [[0, pixels.rows]] as const };
  if (count === 1) return [own];
  const below = Math.max(0, taps[0] - stride - margins.top);
  const neighbours = sideBySide(form, blocks, pixels, [
    [-margins.top, 0],
    [pixels.rows, pixels.rows + below],
  ]);
  return [own, neighbours];
}

/** [C, N * rows * columns] -> [C, N, blocks, rows of a block * columns] */
function blocked(form: DepthwiseForm, tensor: string, { rows, whole }: Side): string {
  const { emit, window, channels } = form;
  const { count } = blocksOf(form);
  const image = emit.reshape(tensor, [channels, window.image[0], ...whole]);
  const [fitted] = unfold(emit, image, whole, [[run(0, count * rows), run(0, whole[1])]]);
  return emit.reshape(fitted, [channels, window.image[0], count, rows * whole[1]]);
}

/** The way back, from a product [C, N * blocks, rows of a block * columns]. */
function flat(form: DepthwiseForm, product: string, { rows, whole }: Side): string {
  const { emit, window, channels } = form;
  const [batch] = window.image;
  const extents = [blocksOf(form).count * rows, whole[1]] as const;
  const image = emit.reshape(product, [channels, batch, ...extents]);
  const [fitted] = unfold(emit, image, extents, [[run(0, whole[0]), run(0, whole[1])]]);
  return emit.reshape(fitted, [channels, batch * whole[0] * whole[1]]);
}

function ownRows(form: DepthwiseForm, blocks: string, { rows, whole }: Side): string {
  const { emit, window, channels } = form;
  return emit.reshape(blocks, [channels, window.image[0] * blocksOf(form).count, rows * whole[1]]);
}

/** Rows that a block sees, side by side; each range lies within one block. */
function sideBySide(
  form: DepthwiseForm,
  blocks: string,
  { rows, whole: [, columns] }: Side,
  ranges: readonly RowRange[],
): Factor {
  const { emit, window, channels } = form;
  const { count } = blocksOf(form);
  const seen = ranges.filter(([from, to]) => to > from);
  const slices = unfold(
    emit,
    blocks,
    [count, rows * columns],
    seen.map(([from, to]) => {
      const away = Math.floor(from / rows);
      return [run(away, count), run((from - away * rows) * columns, (to - from) * columns)] as const;
    }),
  );
  const width = seen.reduce((sum, [from, to]) => sum + to - from, 0) * columns;
  const shape = [channels, window.image[0] * count, width];
  return { seen: emit.reshape(concatenate(emit, slices, 3), shape), rows: seen };
}

/** From rows of the image to a block of positions. */
function forwardSelection(form: DepthwiseForm, ranges: readonly RowRange[]): Selection {
  const { stride, margins, taps, image } = form.window;
  const { positions } = blocksOf(form);
  const [, outColumns] = positions.whole;
  return select(form, ranges, image[2], positions.rows * outColumns, (visit) => {
    for (let outRow = 0; outRow < positions.rows; outRow++)
      for (let tapRow = 0; tapRow < taps[0]; tapRow++)
        visitColumns(form.window, outColumns, (column, outColumn, tapColumn) =>
          visit(
            stride * outRow + tapRow - margins.top,
            column,
            outRow * outColumns + outColumn,
            tapRow * taps[1] + tapColumn,
          ),
        );
  });
}

/** From rows of positions to a block of the image. */
function backwardSelection(form: DepthwiseForm, ranges: readonly RowRange[]): Selection {
  const { stride, margins, taps, image } = form.window;
  const { pixels, positions } = blocksOf(form);
  const [, outColumns] = positions.whole;
  return select(form, ranges, outColumns, pixels.rows * image[2], (visit) => {
    for (let row = 0; row < pixels.rows; row++)
      for (let tapRow = 0; tapRow < taps[0]; tapRow++) {
        const outRow = (row + margins.top - tapRow) / stride;
        if (!Number.isInteger(outRow)) continue;
        visitColumns(form.window, outColumns, (column, outColumn, tapColumn) =>
          visit(outRow, outColumn, row * image[2] + column, tapRow * taps[1] + tapColumn),
        );
      }
  });
}

/** S for the rows of `ranges`; `enumerate` visits all (row, column, outer, tap) that meet, also of other rows. */
function select(
  { window }: DepthwiseForm,
  ranges: readonly RowRange[],
  columns: number,
  outer: number,
  enumerate: (visit: (row: number, column: number, outer: number, tap: number) => void) => void,
): Selection {
  const rows = ranges.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i));
  const at = new Map(rows.map((row, i) => [row, i]));
  const inner = rows.length * columns;
  const taps = window.taps[0] * window.taps[1];
  const ones = new Float32Array(taps * inner * outer);
  enumerate((row, column, position, tap) => {
    const seen = at.get(row);
    if (seen !== undefined) ones[(tap * inner + seen * columns + column) * outer + position] = 1;
  });
  return { ones, inner, outer };
}

/** S for the transposed T. */
function transposed({ ones, inner, outer }: Selection): Selection {
  const plane = inner * outer;
  const swapped = Float32Array.from(ones, (_, at) => {
    const [tap, row, column] = [Math.floor(at / plane), Math.floor((at % plane) / inner), at % inner];
    return ones[tap * plane + column * outer + row];
  });
  return { ones: swapped, inner: outer, outer: inner };
}

/** S [taps, inner * outer] */
function selectionMatrix(emit: OnnxEmitter, { ones, inner, outer }: Selection): string {
  return emit.floats(ones, [ones.length / (inner * outer), inner * outer]);
}

/** T [C, inner, outer] of a kernel [C, taps]. */
function toeplitz({ emit, channels }: DepthwiseForm, kernel: string, selection: Selection): string {
  const product = emit.matmul(kernel, selectionMatrix(emit, selection));
  return emit.reshape(product, [channels, selection.inner, selection.outer]);
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

function sum(emit: OnnxEmitter, [first, ...rest]: readonly string[]): string {
  return rest.reduce((total, product) => emit.node('Add', [total, product]), first);
}

function run(offset: number, count: number): Run {
  return { offset, count, step: 1 };
}
