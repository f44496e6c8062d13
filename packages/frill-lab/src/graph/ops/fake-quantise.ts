/**
 * Fake quantisation of a weight: every number is moved to the nearest of the values that a symmetric integer code
 * of `bits` bits can express, with one scale per output channel (the last axis) and zero point 0. A network that is
 * trained through it learns weights that survive the real quantisation at export.
 *
 *   scale = max |w| of the channel / top,  top = 2^(bits - 1) - 1   (1 for a channel of zeros)
 *   y = scale clip(round(w / scale), -top, top)                     (half to even, the code -2^(bits - 1) unused)
 *
 * Every step is a float32 operation, also in the reference, because the exported codes are made from float32
 * weights and must be the same. The gradient is the straight-through estimator (Bengio et al., 2013): that of the
 * identity inside the range; with these scales nothing is ever clipped, so that it passes unchanged.
 */
import { type FloatArray, mapTensor, sizeOf, type Tensor } from '../../tensor/tensor.js';
import type { Op, Value } from '../graph.js';
import { ShapeError } from '../shape-error.js';

/**
 * kernel [..., out], bits [] -> kernel's shape. `bits` is fed as a number, so that the precision can be lowered while
 * training: 2 to 32, of which 24 and more leave float32 weights as they are.
 */
export function fakeQuantise(kernel: Value, bits: Value): Value {
  return kernel.graph.apply(fakeQuantiseOp, [kernel, bits], {})[0];
}

/** The largest code: 127 for 8 bits. */
export function largestCode(bits: number): number {
  return 2 ** (bits - 1) - 1;
}

/** One positive float32 scale per output channel of a kernel [..., out]. */
export function channelScales({ shape, data }: Tensor<FloatArray>, bits: number): Float32Array {
  const channels = shape[shape.length - 1];
  const scales = new Float32Array(channels);
  for (let i = 0; i < data.length; i++)
    scales[i % channels] = Math.max(scales[i % channels], Math.abs(data[i]));
  const top = Math.fround(largestCode(bits));
  return scales.map((largest) => (largest === 0 ? 1 : largest / top));
}

/** The integer code of one weight. */
export function quantise(weight: number, scale: number, bits: number): number {
  const top = largestCode(bits);
  return Math.min(Math.max(roundHalfToEven(Math.fround(Math.fround(weight) / scale)), -top), top);
}

function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

/** Inputs kernel and bits. */
export const fakeQuantiseOp: Op<object> = {
  name: 'fake-quantise',

  shape([kernel, bits]) {
    if (kernel.length < 1 || bits.length !== 0)
      throw new ShapeError(this.name, 'needs a kernel [..., out] and a scalar', [kernel, bits]);
    return [kernel];
  },

  reference([kernel, precision]) {
    const bits = precision.data[0];
    const scales = channelScales(kernel, bits);
    const quantised = (weight: number, i: number) => {
      const scale = scales[i % scales.length];
      return Math.fround(quantise(weight, scale, bits) * scale);
    };
    return [mapTensor(kernel, quantised)];
  },

  gradient(_node, [dy]) {
    return [dy, null];
  },

  onnx(emit, { inputs: [kernel, bits], outputs: [y] }) {
    const weights = emit.logical(kernel);
    const matrix = emit.reshape(weights, [sizeOf(kernel.shape) / kernel.shape[kernel.shape.length - 1], -1]);
    const largest = emit.reduce('ReduceMax', emit.node('Abs', [matrix]), [0]);
    const power = emit.node('Pow', [emit.floats(2), emit.node('Sub', [emit.logical(bits), emit.floats(1)])]);
    const top = emit.node('Sub', [power, emit.floats(1)]);
    const isZero = emit.node('Equal', [largest, emit.floats(0)]);
    const scale = emit.node('Where', [isZero, emit.floats(1), emit.node('Div', [largest, top])]);
    // No clipping: the largest weight of a channel is the largest code by construction.
    const codes = emit.node('Round', [emit.node('Div', [matrix, scale])]);
    emit.define(y, emit.reshape(emit.node('Mul', [codes, scale]), kernel.shape), 'logical');
  },
};
