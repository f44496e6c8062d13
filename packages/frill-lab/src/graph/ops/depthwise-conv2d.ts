/**
 * Depthwise convolution: each channel is convolved with its own kernel, with an optional bias:
 *
 *   y[n, i, j, c] = b[c] + sum over rows r, columns q of x[n, s i + r - top, s j + q - left, c] w[r, q, c, 0]
 *
 * where x is zero outside the image. Kernels have Keras' layout [rows, columns, channels, 1].
 */

import { type Shape, sameShape, sizeOf, tensor } from '../../tensor/tensor.js';
import type { Op, Value } from '../graph.js';
import type { OnnxEmitter } from '../onnx-emitter.js';
import { depthwiseForward, depthwiseInputGradient, depthwiseKernelGradient } from '../onnx-toeplitz.js';
import { ShapeError } from '../shape-error.js';
import { kernelWindow, resolvePadding, type Sliding, visitTaps, windowPositions } from '../sliding-window.js';
import type { Conv2dOptions } from './conv2d.js';
import { sumTo } from './sum-to.js';

/** x [N, H, W, C], kernel [rows, columns, C, 1] -> [N, H', W', C]; stride 1 and `same` unless told. */
export function depthwiseConv2d(
  x: Value,
  kernel: Value,
  { stride = 1, padding = 'same', bias }: Conv2dOptions = {},
): Value {
  const [rows, columns] = kernel.shape;
  const margins = resolvePadding(x.shape, [rows, columns], stride, padding);
  const inputs = bias ? [x, kernel, bias] : [x, kernel];
  return x.graph.apply(depthwiseConv2dOp, inputs, { stride, margins })[0];
}

/** Inputs x, kernel and, if there is one, bias. */
export const depthwiseConv2dOp: Op<Sliding> = {
  name: 'depthwise-conv2d',

  shape([x, kernel, bias], sliding) {
    if (x.length !== 4 || kernel.length !== 4 || kernel[2] !== x[3] || kernel[3] !== 1)
      throw new ShapeError(this.name, 'needs an image [N, H, W, C] and a kernel [rows, columns, C, 1]', [
        x,
        kernel,
      ]);
    if (bias && !sameShape(bias, [x[3]]))
      throw new ShapeError(this.name, `the bias must be [${x[3]}]`, [x, kernel, bias]);
    return [[x[0], ...windowPositions(this.name, kernelWindow(x, kernel, sliding)), x[3]]];
  },

  reference([x, kernel, bias], sliding) {
    const window = kernelWindow(x.shape, kernel.shape, sliding);
    const channels = x.shape[3];
    const y = tensor([x.shape[0], ...windowPositions(this.name, window), channels]);
    if (bias) for (let i = 0; i < y.data.length; i++) y.data[i] = bias.data[i % channels];
    visitTaps(this.name, window, (pixel, position, tap) => {
      for (let c = 0; c < channels; c++)
        y.data[position * channels + c] += x.data[pixel * channels + c] * kernel.data[tap * channels + c];
    });
    return [y];
  },

  gradient({ inputs: [x, kernel, bias], attributes }, [dy]) {
    if (!dy) return [null, null, null];
    return [
      x.graph.apply(depthwiseConv2dInputGradientOp, [dy, kernel], { ...attributes, image: x.shape })[0],
      x.graph.apply(depthwiseConv2dKernelGradientOp, [x, dy], { ...attributes, kernel: kernel.shape })[0],
      bias ? sumTo(dy, bias.shape) : null,
    ];
  },

  multiplyAccumulates({ inputs: [, kernel], outputs: [y] }) {
    return sizeOf(y.shape) * kernel.shape[0] * kernel.shape[1];
  },

  onnx(emit, { inputs: [x, kernel, bias], outputs: [y], attributes }) {
    const form = { emit, window: kernelWindow(x.shape, kernel.shape, attributes), channels: x.shape[3] };
    const product = depthwiseForward(form, emit.channels(x), tapMatrix(emit, kernel));
    emit.define(y, bias ? emit.node('Add', [product, emit.channels(bias)]) : product, 'channels');
  },

  tflite(emit, { inputs: [x, kernel, bias], outputs: [y], attributes }) {
    const [rows, columns, channels] = kernel.shape;
    const { image, padding } = emit.window(x, [rows, columns], attributes);
    emit.operator(
      'DEPTHWISE_CONV_2D',
      [image, emit.weight(kernel, 'depthwise'), emit.bias(bias, channels)],
      [emit.activation(y)],
      { padding, stride_h: attributes.stride, stride_w: attributes.stride, depth_multiplier: 1 },
    );
  },
};

/** Adjoint with respect to the image. Inputs: gradient of y, kernel. */
export const depthwiseConv2dInputGradientOp: Op<Sliding & { readonly image: Shape }> = {
  name: 'depthwise-conv2d-input-gradient',

  shape(_inputs, { image }) {
    return [image];
  },

  reference([dy, kernel], { image, ...sliding }) {
    const dx = tensor(image);
    const channels = image[3];
    visitTaps(this.name, kernelWindow(image, kernel.shape, sliding), (pixel, position, tap) => {
      for (let c = 0; c < channels; c++)
        dx.data[pixel * channels + c] += dy.data[position * channels + c] * kernel.data[tap * channels + c];
    });
    return [dx];
  },

  onnx(emit, { inputs: [dy, kernel], outputs: [dx], attributes: { image, ...sliding } }) {
    const form = { emit, window: kernelWindow(image, kernel.shape, sliding), channels: image[3] };
    emit.define(dx, depthwiseInputGradient(form, emit.channels(dy), tapMatrix(emit, kernel)), 'channels');
  },
};

/** Adjoint with respect to the kernel. Inputs: x, gradient of y. */
export const depthwiseConv2dKernelGradientOp: Op<Sliding & { readonly kernel: Shape }> = {
  name: 'depthwise-conv2d-kernel-gradient',

  shape(_inputs, { kernel }) {
    return [kernel];
  },

  reference([x, dy], { kernel, ...sliding }) {
    const dw = tensor(kernel);
    const channels = x.shape[3];
    visitTaps(this.name, kernelWindow(x.shape, kernel, sliding), (pixel, position, tap) => {
      for (let c = 0; c < channels; c++)
        dw.data[tap * channels + c] += x.data[pixel * channels + c] * dy.data[position * channels + c];
    });
    return [dw];
  },

  onnx(emit, { inputs: [x, dy], outputs: [dw], attributes: { kernel, ...sliding } }) {
    const form = { emit, window: kernelWindow(x.shape, kernel, sliding), channels: x.shape[3] };
    const gradient = depthwiseKernelGradient(form, emit.channels(x), emit.channels(dy));
    emit.define(dw, emit.reshape(emit.transpose(gradient, [1, 0]), kernel), 'logical');
  },
};

/** A kernel [rows, columns, C, 1] as [C, taps]. */
function tapMatrix(emit: OnnxEmitter, kernel: Value): string {
  const [rows, columns, channels] = kernel.shape;
  return emit.transpose(emit.reshape(emit.logical(kernel), [rows * columns, channels]), [1, 0]);
}
