/**
 * Constants in the kernels' memory, each once however many signatures and steps use it: convolutions in panels, dense and pointwise
 * ones of int8 as int8; depthwise kernels and those of larger windows, which are small, as floats.
 */
import type { GraphTensor } from './graph.js';
import { type KernelLayout, packPanels, panelBytes } from './kernels/convolution.js';
import { integerPanelBytes, packIntegerPanels } from './kernels/integer-convolution.js';
import type { EngineMemory } from './memory.js';

export class WeightStore {
  readonly #memory: EngineMemory;
  /** Addresses of constants, by place in the file and layout. */
  readonly #known = new Map<string, number>();

  constructor(memory: EngineMemory) {
    this.#memory = memory;
  }

  /** Panels of a convolution in float32. */
  panels(kernel: GraphTensor, bias: GraphTensor | undefined, layout: KernelLayout): number {
    const key = `panels ${placeOf(kernel)} ${placeOf(bias)} ${layout.stride}`;
    return this.#once(key, panelBytes(layout), (at, bytes) =>
      packPanels(valuesOf(kernel), bias && valuesOf(bias), layout, this.#memory.floats(at, bytes / 4)),
    );
  }

  /** Panels of int8 weights for results in float32. */
  int8Panels(kernel: GraphTensor, bias: GraphTensor | undefined, layout: KernelLayout): number {
    const key = `int8 ${placeOf(kernel)} ${placeOf(bias)} ${layout.stride}`;
    return this.#once(key, integerPanelBytes(layout), (at) =>
      packIntegerPanels(
        codesOf(kernel),
        unitsOf(kernel, layout.outs, { input: 1, output: 1 }),
        bias && valuesOf(bias),
        layout,
        this.#memory.buffer,
        at,
      ),
    );
  }

  /** A depthwise kernel [1, rows, columns, channels]: biases, then taps, channels filled up to `stride`. */
  depthwise(kernel: GraphTensor, bias: GraphTensor | undefined, stride: number): number {
    const [, rows, columns, channels] = kernel.shape;
    const taps = rows * columns;
    return this.#once(
      `depthwise ${placeOf(kernel)} ${placeOf(bias)}`,
      (1 + taps) * stride * 4,
      (at, bytes) => {
        const floats = this.#memory.floats(at, bytes / 4);
        if (bias) floats.set(valuesOf(bias));
        const values = valuesOf(kernel);
        for (let tap = 0; tap < taps; tap++)
          floats.set(values.subarray(tap * channels, (tap + 1) * channels), (1 + tap) * stride);
      },
    );
  }

  /** Panels of a convolution in integers. */
  integerPanels(
    kernel: GraphTensor,
    bias: GraphTensor | undefined,
    layout: KernelLayout,
    scales: Scales,
  ): number {
    const key = `integer ${placeOf(kernel)} ${placeOf(bias)} ${layout.stride} ${scales.input} ${scales.output}`;
    return this.#once(key, integerPanelBytes(layout), (at) =>
      packIntegerPanels(
        codesOf(kernel),
        unitsOf(kernel, layout.outs, scales),
        bias && integersOf(bias),
        layout,
        this.#memory.buffer,
        at,
      ),
    );
  }

  /** A depthwise kernel in integers: int32 biases, units, int16 taps, channels filled up to `stride`. */
  integerDepthwise(
    kernel: GraphTensor,
    bias: GraphTensor | undefined,
    stride: number,
    scales: Scales,
  ): number {
    const [, rows, columns, channels] = kernel.shape;
    const taps = rows * columns;
    const key = `integer depthwise ${placeOf(kernel)} ${placeOf(bias)} ${scales.input} ${scales.output}`;
    return this.#once(key, (8 + 2 * taps) * stride, (at) => {
      const { buffer } = this.#memory;
      if (bias) new Int32Array(buffer, at, stride).set(integersOf(bias));
      new Float32Array(buffer, at + 4 * stride, stride).set(unitsOf(kernel, channels, scales));
      const body = new Int16Array(buffer, at + 8 * stride, taps * stride);
      const codes = codesOf(kernel);
      for (let tap = 0; tap < taps; tap++)
        body.set(codes.subarray(tap * channels, (tap + 1) * channels), tap * stride);
    });
  }

  /** Numbers, one after another. */
  numbers(values: Float32Array): number {
    const at = this.#memory.reserve(values.length * 4);
    this.#memory.floats(at, values.length).set(values);
    return at;
  }

  #once(key: string, bytes: number, fill: (at: number, bytes: number) => void): number {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const at = this.#memory.reserve(bytes);
    fill(at, bytes);
    this.#known.set(key, at);
    return at;
  }
}

/** Scales of the values before and after a layer in integers. */
export interface Scales {
  readonly input: number;
  /** 1 where the result is wanted as real numbers. */
  readonly output: number;
}

/** What the sums of each output channel are multiplied with. */
function unitsOf({ quantization }: GraphTensor, channels: number, { input, output }: Scales): Float64Array {
  const scales = quantization?.scales ?? [1];
  return Float64Array.from(
    { length: channels },
    (_, channel) => (input * (scales.length === 1 ? scales[0] : scales[channel])) / output,
  );
}

function codesOf({ data, type, name }: GraphTensor): Int8Array {
  if (type !== 'int8' || data === undefined) throw new TypeError(`${name} is no int8 constant`);
  return new Int8Array(data.buffer, data.byteOffset, data.length);
}

function integersOf({ data, type, name }: GraphTensor): Int32Array {
  if (type !== 'int32' || data === undefined) throw new TypeError(`${name} is no int32 constant`);
  return new Int32Array(new Uint8Array(data).buffer);
}

/** Constants are the same where they share bytes of the file. */
function placeOf(constant: GraphTensor | undefined): string {
  return constant?.data ? `${constant.data.byteOffset}` : '-';
}

/** The numbers of a constant in float32: a view into the file where that is possible. */
export function valuesOf({ data, type, shape, quantization, name }: GraphTensor): Float32Array {
  if (data === undefined) throw new TypeError(`${name} is no constant`);
  const { buffer, byteOffset, length } = data;
  switch (type) {
    case 'float32':
      return byteOffset % 4 === 0
        ? new Float32Array(buffer, byteOffset, length / 4)
        : new Float32Array(new Uint8Array(data).buffer);
    case 'float16': {
      const codes = new Uint16Array(new Uint8Array(data).buffer);
      return Float32Array.from(codes, fromFloat16);
    }
    case 'int8': {
      const scales = quantization?.scales ?? [1];
      const codes = new Int8Array(buffer, byteOffset, length);
      // A scale for each output channel: the last axis of depthwise kernels, [1, rows, columns, channels], the first of others.
      const channels = scales.length;
      const inner = shape[0] === channels ? length / channels : 1;
      return Float32Array.from(codes, (code, i) => code * scales[Math.floor(i / inner) % channels]);
    }
    default:
      throw new TypeError(`${name} is a constant of ${type}`);
  }
}

/** IEEE 754 half precision. */
function fromFloat16(code: number): number {
  const sign = code & 0x8000 ? -1 : 1;
  const exponent = (code >> 10) & 31;
  const fraction = code & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
