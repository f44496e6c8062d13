/** Fully connected layer, y = x W + b. Kernels have Keras' layout [in, out]; without a bias it is a matrix product. */
import { type Shape, sameShape, sizeOf, tensor } from '../../tensor/tensor.js';
import type { Op, Value } from '../graph.js';
import type { OnnxEmitter } from '../onnx-emitter.js';
import { ShapeError } from '../shape-error.js';
import { sumTo } from './sum-to.js';

/** x [N, in], kernel [in, out], bias [out] or none -> [N, out]. */
export function dense(x: Value, kernel: Value, bias?: Value): Value {
  return x.graph.apply(denseOp, bias ? [x, kernel, bias] : [x, kernel], {})[0];
}

/** Inputs x, kernel and, if there is one, bias. */
export const denseOp: Op<object> = {
  name: 'dense',

  shape([x, kernel, bias]) {
    if (x.length !== 2 || kernel.length !== 2 || x[1] !== kernel[0])
      throw new ShapeError(this.name, 'needs activations [N, in] and a kernel [in, out]', [x, kernel]);
    if (bias && !sameShape(bias, [kernel[1]]))
      throw new ShapeError(this.name, `the bias must be [${kernel[1]}]`, [x, kernel, bias]);
    return [[x[0], kernel[1]]];
  },

  reference([x, kernel, bias]) {
    const [ins, outs] = kernel.shape;
    const y = tensor([x.shape[0], outs]);
    for (let n = 0; n < x.shape[0]; n++) {
      if (bias) y.data.set(bias.data, n * outs);
      for (let i = 0; i < ins; i++) {
        const value = x.data[n * ins + i];
        for (let o = 0; o < outs; o++) y.data[n * outs + o] += value * kernel.data[i * outs + o];
      }
    }
    return [y];
  },

  gradient({ inputs: [x, kernel, bias] }, [dy]) {
    if (!dy) return [null, null, null];
    return [
      x.graph.apply(denseInputGradientOp, [dy, kernel], {})[0],
      x.graph.apply(denseKernelGradientOp, [x, dy], {})[0],
      bias ? sumTo(dy, bias.shape) : null,
    ];
  },

  multiplyAccumulates({ inputs: [x, kernel] }) {
    return x.shape[0] * sizeOf(kernel.shape);
  },

  /** The result lies as [out, N]: onnxruntime packs a right factor anew in every product, but reads a left one where it lies. */
  onnx(emit, { inputs: [x, kernel, bias], outputs: [y] }) {
    const columns = operand(emit, x, 'columns');
    const product = emit.matmul(emit.logical(kernel), columns.tensor, { a: true, b: columns.isTransposed });
    emit.define(y, bias ? emit.node('Add', [product, emit.channels(bias)]) : product, 'channels');
  },

  tflite(emit, { inputs: [x, kernel, bias], outputs: [y] }) {
    const parameters = [emit.weight(kernel, 'dense'), emit.bias(bias, kernel.shape[1])];
    emit.operator('FULLY_CONNECTED', [emit.activation(x), ...parameters], [emit.activation(y)]);
  },
};

/** dx = dy W^T. Inputs: gradient of y [N, out], kernel [in, out]. */
export const denseInputGradientOp: Op<object> = {
  name: 'dense-input-gradient',

  shape([dy, kernel]): Shape[] {
    return [[dy[0], kernel[0]]];
  },

  reference([dy, kernel]) {
    const [ins, outs] = kernel.shape;
    const dx = tensor([dy.shape[0], ins]);
    for (let n = 0; n < dy.shape[0]; n++)
      for (let i = 0; i < ins; i++) {
        let sum = 0;
        for (let o = 0; o < outs; o++) sum += dy.data[n * outs + o] * kernel.data[i * outs + o];
        dx.data[n * ins + i] = sum;
      }
    return [dx];
  },

  onnx(emit, { inputs: [dy, kernel], outputs: [dx] }) {
    const columns = operand(emit, dy, 'columns');
    emit.define(
      dx,
      emit.matmul(emit.logical(kernel), columns.tensor, { b: columns.isTransposed }),
      'channels',
    );
  },
};

/** dW = x^T dy, in the kernel's layout. Inputs: x [N, in], gradient of y [N, out]. */
export const denseKernelGradientOp: Op<object> = {
  name: 'dense-kernel-gradient',

  shape([x, dy]): Shape[] {
    return [[x[1], dy[1]]];
  },

  reference([x, dy]) {
    const ins = x.shape[1];
    const outs = dy.shape[1];
    const dw = tensor([ins, outs]);
    for (let n = 0; n < x.shape[0]; n++)
      for (let i = 0; i < ins; i++) {
        const value = x.data[n * ins + i];
        for (let o = 0; o < outs; o++) dw.data[i * outs + o] += value * dy.data[n * outs + o];
      }
    return [dw];
  },

  onnx(emit, { inputs: [x, dy], outputs: [dw] }) {
    const [columns, rows] = [operand(emit, x, 'columns'), operand(emit, dy, 'rows')];
    const transpose = { a: columns.isTransposed, b: rows.isTransposed };
    emit.define(dw, emit.matmul(columns.tensor, rows.tensor, transpose), 'logical');
  },
};

/** Activations [N, F] as a factor of one row, or one column, for each of the N; transposed in the product if they lie otherwise. */
function operand(
  emit: OnnxEmitter,
  value: Value,
  as: 'rows' | 'columns',
): { readonly tensor: string; readonly isTransposed: boolean } {
  const layout = emit.layout(value);
  return { tensor: emit[layout](value), isTransposed: (layout === 'logical') !== (as === 'rows') };
}
