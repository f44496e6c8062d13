/**
 * How values lie in memory, so that kernels can load whole SIMD vectors: pixel after pixel, the channels of each filled up to whole
 * vectors, of four float32 numbers or of eight int16 ones, which int8 codes are computed as. What fills up is arbitrary: the weights
 * that meet it are zero. A single channel is not filled up.
 */
import { sizeOf } from './graph.js';

/** Quantisation of a computed value: `real = scale (code - zeroPoint)`. Memory holds `code - zeroPoint`. */
export interface ValueQuantization {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** A value that steps hand on. */
export interface Value {
  readonly shape: readonly number[];
  /** Scale and zero point of integers; undefined for float32. */
  readonly quantization: ValueQuantization | undefined;
  /** The value whose memory this one is another shape of. */
  readonly alias: number | undefined;
}

/** Numbers from one pixel to the next. */
export function strideOf({ shape, quantization }: Pick<Value, 'shape' | 'quantization'>): number {
  const channels = shape.at(-1) ?? 1;
  const lanes = quantization ? 8 : 4;
  return channels === 1 ? 1 : Math.ceil(channels / lanes) * lanes;
}

export function numberBytes({ quantization }: Pick<Value, 'quantization'>): number {
  return quantization ? 2 : 4;
}

/** Rows of channels: the size without the last axis. */
export function pixelsOf({ shape }: Pick<Value, 'shape'>): number {
  return sizeOf(shape.slice(0, -1));
}

/** The value whose memory it is. */
export function rootOf(values: readonly Value[], value: number): number {
  const { alias } = values[value];
  return alias === undefined ? value : rootOf(values, alias);
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

  /** Changes where steps are run for one window of a batch after another. */
  address: number;

  constructor(
    readonly value: Value,
    readonly start: number,
  ) {
    this.address = start;
    const { shape } = value;
    [this.images, this.rows, this.columns] = shape.length === 4 ? shape : [shape[0] ?? 1, 1, 1];
    this.channels = shape.at(-1) ?? 1;
    this.stride = strideOf(value);
    this.pixels = pixelsOf(value);
    this.pixelBytes = this.stride * numberBytes(value);
    this.rowBytes = this.columns * this.pixelBytes;
    this.imageBytes = this.rows * this.rowBytes;
  }

  get quantization(): ValueQuantization {
    if (this.value.quantization) return this.value.quantization;
    throw new TypeError('a value in float32 has no scale');
  }

  /** Numbers in memory, those that fill up included, as many as fill whole vectors of `lanes`. */
  filled(lanes: number): number {
    return Math.ceil((this.pixels * this.stride) / lanes) * lanes;
  }
}
