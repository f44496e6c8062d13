/**
 * Two-dimensional convolution (cross-correlation, as in every deep-learning framework), with an optional bias:
 *
 *   y[n, i, j, o] = b[o] + sum over rows r, columns c, channels k of x[n, s i + r - top, s j + c - left, k] w[r, c, k, o]
 *
 * where x is zero outside the image. Images are [batch, rows, columns, channels], kernels [rows, columns, in, out].
 */

import { type Shape, sameShape, sizeOf, tensor } from '../../tensor/tensor.js';
import type { Op, Value } from '../graph.js';
import type { OnnxEmitter } from '../onnx-emitter.js';
import { concatenate, type Run, unfold } from '../onnx-unfold.js';
import { ShapeError } from '../shape-error.js';
import {
  kernelWindow,
  type Padding,
  resolvePadding,
  type Sliding,
  visitTaps,
  windowPositions,
} from '../sliding-window.js';
import { sumTo } from './sum-to.js';

export interface Conv2dOptions {
  readonly stride?: number;
  readonly padding?: Padding;
  /** [out] */
  readonly bias?: Value | undefined;
}

/** x [N, H, W, in], kernel [rows, columns, in, out] -> [N, H', W', out]; stride 1 and `same` unless told. */
export function conv2d(
  x: Value,
  kernel: Value,
  { stride = 1, padding = 'same', bias }: Conv2dOptions = {},
): Value {
  const [rows, columns] = kernel.shape;
  const margins = resolvePadding(x.shape, [rows, columns], stride, padding);
  const inputs = bias ? [x, kernel, bias] : [x, kernel];
  return x.graph.apply(conv2dOp, inputs, { stride, margins })[0];
}

/** Inputs x, kernel and, if there is one, bias. */
export const conv2dOp: Op<Sliding> = {
  name: 'conv2d',

  shape([x, kernel, bias], sliding) {
    if (x.length !== 4 || kernel.length !== 4 || kernel[2] !== x[3])
      throw new ShapeError(this.name, 'needs an image [N, H, W, in] and a kernel [rows, columns, in, out]', [
        x,
        kernel,
      ]);
    if (bias && !sameShape(bias, [kernel[3]]))
      throw new ShapeError(this.name, `the bias must be [${kernel[3]}]`, [x, kernel, bias]);
    return [[x[0], ...windowPositions(this.name, kernelWindow(x, kernel, sliding)), kernel[3]]];
  },

  reference([x, kernel, bias], sliding) {
    const window = kernelWindow(x.shape, kernel.shape, sliding);
    const [, , ins, outs] = kernel.shape;
    const y = tensor([x.shape[0], ...windowPositions(this.name, window), outs]);
    if (bias) for (let i = 0; i < y.data.length; i++) y.data[i] = bias.data[i % outs];
    visitTaps(this.name, window, (pixel, position, tap) => {
      for (let k = 0; k < ins; k++) {
        const value = x.data[pixel * ins + k];
        for (let o = 0; o < outs; o++)
          y.data[position * outs + o] += value * kernel.data[(tap * ins + k) * outs + o];
      }
    });
    return [y];
  },

  gradient({ inputs: [x, kernel, bias], attributes }, [dy]) {
    if (!dy) return [null, null, null];
    return [
      x.graph.apply(conv2dInputGradientOp, [dy, kernel], { ...attributes, image: x.shape })[0],
      x.graph.apply(conv2dKernelGradientOp, [x, dy], { ...attributes, kernel: kernel.shape })[0],
      bias ? sumTo(dy, bias.shape) : null,
    ];
  },

  multiplyAccumulates({ inputs: [, kernel], outputs: [y] }) {
    return sizeOf(y.shape) * sizeOf(kernel.shape.slice(0, 3));
  },

  onnx(emit, { inputs: [x, kernel, bias], outputs: [y], attributes }) {
    const [rows, columns, ins, outs] = kernel.shape;
    const matrix = emit.reshape(emit.logical(kernel), [rows * columns * ins, outs]);
    const product = emit.matmul(matrix, patches(emit, x, kernel.shape, attributes), { a: true });
    emit.define(y, bias ? emit.node('Add', [product, emit.channels(bias)]) : product, 'channels');
  },

  tflite(emit, { inputs: [x, kernel, bias], outputs: [y], attributes }) {
    const [rows, columns, , outs] = kernel.shape;
    const { image, padding } = emit.window(x, [rows, columns], attributes);
    emit.operator(
      'CONV_2D',
      [image, emit.weight(kernel, 'conv'), emit.bias(bias, outs)],
      [emit.activation(y)],
      { padding, stride_h: attributes.stride, stride_w: attributes.stride },
    );
  },
};

/** Adjoint with respect to the image, also called transposed convolution. Inputs: gradient of y, kernel. */
export const conv2dInputGradientOp: Op<Sliding & { readonly image: Shape }> = {
  name: 'conv2d-input-gradient',

  shape(_inputs, { image }) {
    return [image];
  },

  reference([dy, kernel], { image, ...sliding }) {
    const dx = tensor(image);
    const [, , ins, outs] = kernel.shape;
    visitTaps(this.name, kernelWindow(image, kernel.shape, sliding), (pixel, position, tap) => {
      for (let k = 0; k < ins; k++) {
        let sum = 0;
        for (let o = 0; o < outs; o++)
          sum += dy.data[position * outs + o] * kernel.data[(tap * ins + k) * outs + o];
        dx.data[pixel * ins + k] += sum;
      }
    });
    return [dx];
  },

  /**
   * The pixels at (stride i + p, stride j + q) of the image, for one phase (p, q), meet only the taps that a whole
   * number of strides separates from them: they are a small convolution of dy. The phases are then interleaved.
   */
  onnx(emit, { inputs: [dy, kernel], outputs: [dx], attributes: { image, stride, margins } }) {
    const [tapRows, tapColumns, ins, outs] = kernel.shape;
    if (isPointwise(kernel.shape, { stride, margins })) {
      const matrix = emit.reshape(emit.logical(kernel), [ins, outs]);
      emit.define(dx, emit.matmul(matrix, emit.channels(dy)), 'channels');
      return;
    }
    const [batch, rows, columns] = image;
    const [phaseRows, phaseColumns] = [Math.ceil(rows / stride), Math.ceil(columns / stride)];
    const extents = [dy.shape[1], dy.shape[2]] as const;
    const upstream = emit.reshape(emit.channels(dy), [outs, batch, ...extents]);
    const taps = emit.transpose(
      emit.reshape(emit.logical(kernel), [tapRows * tapColumns, ins, outs]),
      [0, 2, 1],
    );
    const phase = (p: number, q: number): string => {
      const met: number[] = [];
      const runs: [Run, Run][] = [];
      for (let row = 0; row < tapRows; row++)
        for (let column = 0; column < tapColumns; column++) {
          const [down, right] = [(p + margins.top - row) / stride, (q + margins.left - column) / stride];
          if (!Number.isInteger(down) || !Number.isInteger(right)) continue;
          met.push(row * tapColumns + column);
          runs.push([
            { offset: down, count: phaseRows, step: 1 },
            { offset: right, count: phaseColumns, step: 1 },
          ]);
        }
      const shape = [ins, batch, phaseRows, 1, phaseColumns, 1];
      if (met.length === 0) return emit.node('Expand', [emit.floats(0), emit.integers(shape)]);
      const positions = batch * phaseRows * phaseColumns;
      const unfolded = concatenate(emit, unfold(emit, upstream, extents, runs), 0);
      const matrix = emit.reshape(emit.node('Gather', [taps, emit.integers(met)]), [met.length * outs, ins]);
      const product = emit.matmul(matrix, emit.reshape(unfolded, [met.length * outs, positions]), {
        a: true,
      });
      return emit.reshape(product, shape);
    };
    const phases = Array.from({ length: stride }, (_, at) => at);
    const interleaved = concatenate(
      emit,
      phases.map((p) =>
        concatenate(
          emit,
          phases.map((q) => phase(p, q)),
          5,
        ),
      ),
      3,
    );
    const whole = emit.reshape(interleaved, [ins, batch, phaseRows * stride, phaseColumns * stride]);
    const [cropped] = unfold(
      emit,
      whole,
      [phaseRows * stride, phaseColumns * stride],
      [
        [
          { offset: 0, count: rows, step: 1 },
          { offset: 0, count: columns, step: 1 },
        ],
      ],
    );
    emit.define(dx, emit.reshape(cropped, [ins, batch * rows * columns]), 'channels');
  },
};

/** Adjoint with respect to the kernel. Inputs: x, gradient of y. */
export const conv2dKernelGradientOp: Op<Sliding & { readonly kernel: Shape }> = {
  name: 'conv2d-kernel-gradient',

  shape(_inputs, { kernel }) {
    return [kernel];
  },

  reference([x, dy], { kernel, ...sliding }) {
    const dw = tensor(kernel);
    const [, , ins, outs] = kernel;
    visitTaps(this.name, kernelWindow(x.shape, kernel, sliding), (pixel, position, tap) => {
      for (let k = 0; k < ins; k++) {
        const value = x.data[pixel * ins + k];
        for (let o = 0; o < outs; o++)
          dw.data[(tap * ins + k) * outs + o] += value * dy.data[position * outs + o];
      }
    });
    return [dw];
  },

  onnx(emit, { inputs: [x, dy], outputs: [dw], attributes: { kernel, ...sliding } }) {
    const factors = [patches(emit, x, kernel, sliding), emit.channels(dy)];
    if (kernel[0] * kernel[1] === 1) {
      // Factors of four axes make a product of four axes: a gradient that is reshaped last is copied when it is fetched.
      const positions = sizeOf(dy.shape) / kernel[3];
      const [seen, upstream] = factors.map((factor, i) =>
        emit.reshape(factor, [1, 1, kernel[2 + i], positions]),
      );
      emit.define(dw, emit.matmul(seen, upstream, { b: true }), 'logical');
    } else emit.define(dw, emit.reshape(emit.matmul(factors[0], factors[1], { b: true }), kernel), 'logical');
  },
};

export function isPointwise([rows, columns]: Shape, { stride, margins }: Sliding): boolean {
  return (
    rows === 1 && columns === 1 && stride === 1 && Object.values(margins).every((margin) => margin === 0)
  );
}

/** What each tap sees at each position, [taps * in, N * H' * W']: the image itself under a 1x1 kernel. */
export function patches(emit: OnnxEmitter, x: Value, kernel: Shape, sliding: Sliding): string {
  if (isPointwise(kernel, sliding)) return emit.channels(x);
  const [batch, rows, columns, ins] = x.shape;
  const { stride, margins } = sliding;
  const [outRows, outColumns] = windowPositions('conv2d', kernelWindow(x.shape, kernel, sliding));
  const runs: [Run, Run][] = [];
  for (let row = 0; row < kernel[0]; row++)
    for (let column = 0; column < kernel[1]; column++)
      runs.push([
        { offset: row - margins.top, count: outRows, step: stride },
        { offset: column - margins.left, count: outColumns, step: stride },
      ]);
  const image = emit.reshape(emit.channels(x), [ins, batch, rows, columns]);
  const slices = concatenate(emit, unfold(emit, image, [rows, columns], runs), 0);
  return emit.reshape(slices, [runs.length * ins, batch * outRows * outColumns]);
}
