/**
 * Constants in the kernels' memory, each once however many signatures and steps use it: convolutions in panels, dense and pointwise
 * ones of int8 as int8; depthwise kernels and those of larger windows, which are small, as floats.
 */
import type { GraphTensor } from './graph.js';
import type { Kernels } from './kernel-modules.js';
import type { EngineMemory } from './memory.js';
import { type KernelLayout, PanelPacker } from './panels.js';

export class WeightStore {
  readonly #memory: EngineMemory;
  readonly #packer: PanelPacker;
  /** Addresses of constants, by place in the file and layout. */
  readonly #known = new Map<string, number>();

  constructor(memory: EngineMemory, kernels: Kernels) {
    this.#memory = memory;
    this.#packer = new PanelPacker(memory, kernels);
  }

  /** Panels of a convolution in float32. */
  panels(kernel: GraphTensor, bias: GraphTensor | undefined, layout: KernelLayout): number {
    return this.#once(`panels ${placeOf(kernel)} ${placeOf(bias)} ${layout.stride}`, () =>
      this.#packer.floats(valuesOf(kernel), bias && valuesOf(bias), layout),
    );
  }

  /** Panels of int8 weights for results in float32. */
  int8Panels(kernel: GraphTensor, bias: GraphTensor | undefined, layout: KernelLayout): number {
    return this.#once(`int8 ${placeOf(kernel)} ${placeOf(bias)} ${layout.stride}`, () => {
      const units = unitsOf(kernel, layout.outs, { input: 1, output: 1 });
      return this.#packer.codes(codesOf(kernel), units, bias && valuesOf(bias), layout);
    });
  }

  /** A depthwise kernel [1, rows, columns, channels]: biases, then taps, channels filled up to `stride`. */
  depthwise(kernel: GraphTensor, bias: GraphTensor | undefined, stride: number): number {
    const [, rows, columns, channels] = kernel.shape;
    const taps = rows * columns;
    return this.#once(`depthwise ${placeOf(kernel)} ${placeOf(bias)}`, () => {
      const count = (1 + taps) * stride;
      const at = this.#memory.reserve(4 * count);
      const floats = this.#memory.floats(at, count);
      if (bias) floats.set(valuesOf(bias));
      const values = valuesOf(kernel);
      for (let tap = 0; tap < taps; tap++)
        floats.set(values.subarray(tap * channels, (tap + 1) * channels), (1 + tap) * stride);
      return at;
    });
  }

  /** Panels of a convolution in integers. */
  integerPanels(
    kernel: GraphTensor,
    bias: GraphTensor | undefined,
    layout: KernelLayout,
    scales: Scales,
  ): number {
    const key = `integer ${placeOf(kernel)} ${placeOf(bias)} ${layout.stride} ${scales.input} ${scales.output}`;
    return this.#once(key, () => {
      const units = unitsOf(kernel, layout.outs, scales);
      return this.#packer.codes(codesOf(kernel), units, bias && integersOf(bias), layout);
    });
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
    return this.#once(key, () => {
      const at = this.#memory.reserve((8 + 2 * taps) * stride);
      const { buffer } = this.#memory;
      if (bias) new Int32Array(buffer, at, stride).set(integersOf(bias));
      new Float32Array(buffer, at + 4 * stride, stride).set(unitsOf(kernel, channels, scales));
      const body = new Int16Array(buffer, at + 8 * stride, taps * stride);
      const codes = codesOf(kernel);
      for (let tap = 0; tap < taps; tap++)
        body.set(codes.subarray(tap * channels, (tap + 1) * channels), tap * stride);
      return at;
    });
  }

  /** Numbers, one after another. */
  numbers(values: Float32Array): number {
    const at = this.#memory.reserve(values.length * 4);
    this.#memory.floats(at, values.length).set(values);
    return at;
  }

  #once(key: string, make: () => number): number {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const at = make();
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
function unitsOf({ quantization }: GraphTensor, channels: number, { input, output }: Scales): Float32Array {
  const scales = quantization?.scales ?? [1];
  const units = new Float32Array(channels);
  for (let channel = 0; channel < channels; channel++)
    units[channel] = (input * (scales.length === 1 ? scales[0] : scales[channel])) / output;
  return units;
}

function codesOf(constant: GraphTensor): Int8Array {
  const { data, type } = constant;
  if (type !== 'int8' || data === undefined) throw new TypeError(`${constant.name} is no int8 constant`);
  return new Int8Array(data.buffer, data.byteOffset, data.length);
}

function integersOf(constant: GraphTensor): Int32Array {
  const { data, type } = constant;
  if (type !== 'int32' || data === undefined) throw new TypeError(`${constant.name} is no int32 constant`);
  return new Int32Array(new Uint8Array(data).buffer);
}

/** Constants are the same where they share bytes of the file. */
function placeOf(constant: GraphTensor | undefined): string {
  return constant?.data ? `${constant.data.byteOffset}` : '-';
}

/** The numbers of a constant in float32: a view into the file where that is possible. */
export function valuesOf(constant: GraphTensor): Float32Array {
  const { data, type, shape } = constant;
  if (data === undefined) throw new TypeError(`${constant.name} is no constant`);
  const { buffer, byteOffset, length } = data;
  switch (type) {
    case 'float32':
      return byteOffset % 4 === 0
        ? new Float32Array(buffer, byteOffset, length / 4)
        : new Float32Array(new Uint8Array(data).buffer);
    case 'float16':
      return fromFloat16(new Uint16Array(new Uint8Array(data).buffer));
    case 'int8': {
      const scales = constant.quantization?.scales ?? [1];
      const codes = new Int8Array(buffer, byteOffset, length);
      // A scale for each output channel: the last axis of depthwise kernels, [1, rows, columns, channels], the first of others.
      const channels = scales.length;
      const inner = shape[0] === channels ? length / channels : 1;
      const values = new Float32Array(length);
      for (let i = 0; i < length; i++) values[i] = codes[i] * scales[Math.floor(i / inner) % channels];
      return values;
    }
    default:
      throw new TypeError(`${constant.name} is a constant of ${type}`);
  }
}

/** IEEE 754 half precision: its bits, moved to where float32 has them, are the number 2^112 times too small. */
function fromFloat16(codes: Uint16Array): Float32Array {
  const floats = new Float32Array(codes.length);
  const bits = new Uint32Array(floats.buffer);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i];
    bits[i] = ((code & 0x8000) << 16) | ((code & 0x7fff) << 13);
    // All bits of the exponent: infinity, or no number.
    if ((code & 0x7c00) === 0x7c00) bits[i] |= 0x7f800000;
    else floats[i] *= 2 ** 112;
  }
  return floats;
}
