/**
 * How values lie in memory: pixel after pixel, the channels of each filled up to whole vectors with numbers that nobody reads as
 * anything but zero times something. float32 fills vectors of four; int16, in which int8 codes are computed with, vectors of
 * eight. A single channel is not filled up.
 */
import { sizeOf } from './graph.js';

/** Of a value in integers: `real = scale (code - zeroPoint)`. Memory holds `code - zeroPoint`. */
export interface Grid {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** A value that steps hand on. */
export interface Value {
  readonly shape: readonly number[];
  /** Of integers; undefined for float32. */
  readonly grid: Grid | undefined;
  /** The value whose memory this one is another shape of. */
  readonly alias: number | undefined;
}

/** Numbers from one pixel to the next. */
export function strideOf({ shape, grid }: Pick<Value, 'shape' | 'grid'>): number {
  const channels = shape.at(-1) ?? 1;
  const lanes = grid ? 8 : 4;
  return channels === 1 ? 1 : Math.ceil(channels / lanes) * lanes;
}

export function numberBytes({ grid }: Pick<Value, 'grid'>): number {
  return grid ? 2 : 4;
}

/** Rows of channels: the size without the last axis. */
export function pixelsOf({ shape }: Pick<Value, 'shape'>): number {
  return sizeOf(shape.slice(0, -1));
}

/** A value where it lies. An image batch is `images` of `rows` by `columns` pixels. */
export class Place {
  readonly images: number;
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  /** Numbers from one pixel to the next. */
  readonly stride: number;
  /** Rows of channels in all images. */
  readonly pixels: number;
  readonly pixelBytes: number;
  readonly rowBytes: number;
  readonly imageBytes: number;

  constructor(
    readonly value: Value,
    readonly address: number,
  ) {
    const { shape } = value;
    [this.images, this.rows, this.columns] = shape.length === 4 ? shape : [shape[0] ?? 1, 1, 1];
    this.channels = shape.at(-1) ?? 1;
    this.stride = strideOf(value);
    this.pixels = pixelsOf(value);
    this.pixelBytes = this.stride * numberBytes(value);
    this.rowBytes = this.columns * this.pixelBytes;
    this.imageBytes = this.rows * this.rowBytes;
  }

  get grid(): Grid {
    if (this.value.grid) return this.value.grid;
    throw new TypeError('a value in float32 has no grid');
  }

  /** Numbers in memory, those that fill up included, as many as fill whole vectors of `lanes`. */
  filled(lanes: number): number {
    return Math.ceil((this.pixels * this.stride) / lanes) * lanes;
  }
}
