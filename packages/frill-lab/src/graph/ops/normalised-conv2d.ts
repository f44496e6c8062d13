/**
 * Convolution without bias, then batch normalisation with the batch's own statistics, as one operation of training.
 * The convolution's result z = W^T a (a: what the window's taps see, one column for each position) is linear in a, and
 * so all that normalisation wants to know of it follows from the mean and the covariance of a, which has fewer rows:
 *
 *   c = a - mean(a)          S = c c^T / n           mean(z) = W^T mean(a)       variance(z) = diagonal of W^T S W
 *   y = (W scale)^T c + beta                         scale = gamma / sqrt(variance(z) + epsilon)
 *
 * Backwards, with G = c dy^T and the gradients dbeta = sum of dy, dgamma = diagonal of W^T G / deviation:
 *
 *   dW = scale (G - dgamma / deviation  S W)
 *   da = (W scale) (dy - dbeta / n - dgamma / (n deviation)  W^T c)
 *
 * Neither z nor its gradient is ever formed, which saves a dozen passes over the widest maps of a MobileNet.
 * Worth while where a kernel has more filters than taps times channels.
 */
import type { Shape } from '../../tensor/tensor.js';
import type { Node, Op, Value } from '../graph.js';
import type { OnnxEmitter } from '../onnx-emitter.js';
import { resolvePadding, type Sliding } from '../sliding-window.js';
import { type BatchNormAttributes, batchNormTrainingGradientOp, batchNormTrainingOp } from './batch-norm.js';
import {
  type Conv2dOptions,
  conv2d,
  conv2dInputGradientOp,
  conv2dKernelGradientOp,
  conv2dOp,
  isPointwise,
  patches,
} from './conv2d.js';

type Attributes = Sliding & BatchNormAttributes;

/** x [N, H, W, in], kernel [rows, columns, in, out], gamma [out], beta [out] -> y [N, H', W', out], mean [out], variance [out]. */
export function normalisedConv2d(
  x: Value,
  kernel: Value,
  { gamma, beta }: { readonly gamma: Value; readonly beta: Value },
  { stride = 1, padding = 'same', epsilon }: Omit<Conv2dOptions, 'bias'> & BatchNormAttributes,
): { y: Value; mean: Value; variance: Value } {
  const [rows, columns] = kernel.shape;
  const margins = resolvePadding(x.shape, [rows, columns], stride, padding);
  const attributes = { stride, margins, epsilon };
  const [y, mean, variance] = x.graph.apply(normalisedConv2dOp, [x, kernel, gamma, beta], attributes);
  return { y, mean, variance };
}

/** Inputs x, kernel, gamma, beta; outputs y, mean, variance. The loss may depend on y alone. */
export const normalisedConv2dOp: Op<Attributes> = {
  name: 'normalised-conv2d',

  shape([x, kernel, ...vectors], attributes) {
    const [z] = conv2dOp.shape([x, kernel], attributes);
    return batchNormTrainingOp.shape([z, ...vectors], attributes);
  },

  reference([x, kernel, ...vectors], attributes) {
    const [z] = conv2dOp.reference([x, kernel], attributes);
    return batchNormTrainingOp.reference([z, ...vectors], attributes);
  },

  gradient({ inputs: [x, kernel, gamma], outputs: [, ...statistics], attributes }, [dy, ...others]) {
    if (others.some((gradient) => gradient))
      throw new Error(`${this.name}: a loss cannot depend on the batch's statistics`);
    if (!dy) return [null, null, null, null];
    const operands = [dy, x, kernel, gamma, ...statistics];
    const parameters = x.graph.apply(normalisedConv2dParameterGradientOp, operands, attributes);
    if (isPointwise(kernel.shape, attributes))
      return [x.graph.apply(normalisedConv2dInputGradientOp, operands, attributes)[0], ...parameters];
    const { stride, margins } = attributes;
    const z = conv2d(x, kernel, { stride, padding: margins });
    const [dz] = x.graph.apply(batchNormTrainingGradientOp, [dy, z, gamma, ...statistics], attributes);
    const image = { stride, margins, image: x.shape };
    return [x.graph.apply(conv2dInputGradientOp, [dz, kernel], image)[0], ...parameters];
  },

  multiplyAccumulates({ inputs, outputs: [y], attributes }) {
    return conv2dOp.multiplyAccumulates?.({ op: conv2dOp, inputs, outputs: [y], attributes }) ?? 0;
  },

  onnx(emit, node) {
    const { inputs, outputs, attributes } = node;
    const [x, kernel, gamma, beta] = inputs;
    const [y, mean, variance] = outputs;
    const filters = kernel.shape[3];
    const { means, columns } = centredPatches(emit, x, kernel.shape, attributes);
    const { matrix, spread } = covariance(emit, x, kernel, attributes);
    const product = emit.node('Mul', [matrix, spread]);
    emit.define(mean, emit.reshape(emit.matmul(means, matrix, { a: true }), [filters]), 'logical');
    emit.define(variance, emit.reshape(emit.reduce('ReduceSum', product, [0]), [filters]), 'logical');
    const { scale } = normalisation(emit, gamma, variance, attributes);
    const rows = [emit.node('Mul', [matrix, scale]), emit.reshape(emit.logical(beta), [1, filters])];
    const affine = emit.node('Concat', rows, { axis: 0 });
    emit.define(y, emit.matmul(affine, columns, { a: true }), 'channels');
  },
};

/** Inputs: gradient of y, x, a pointwise kernel, gamma, mean, variance; output: gradient of x. */
export const normalisedConv2dInputGradientOp: Op<Attributes> = {
  name: 'normalised-conv2d-input-gradient',

  shape([, x]) {
    return [x];
  },

  reference(operands, attributes) {
    const [, x, kernel] = operands;
    const dz = referenceGradients(operands, attributes)[0];
    return conv2dInputGradientOp.reference([dz, kernel], { ...attributes, image: x.shape });
  },

  onnx(emit, { inputs, outputs: [dx], attributes }) {
    const [dy, x, kernel, gamma, , variance] = inputs;
    const { matrix } = covariance(emit, x, kernel, attributes);
    const { columns, positions } = centredPatches(emit, x, kernel.shape, attributes);
    const { scale } = normalisation(emit, gamma, variance, attributes);
    const { dBeta, slope } = parameterGradients(emit, inputs, attributes);
    const share = emit.floats(-1 / positions);
    const scaled = emit.node('Mul', [matrix, scale]);
    const linear = emit.node('Mul', [matrix, emit.node('Mul', [slope, share])]);
    const correction = emit.node('Concat', [linear, emit.node('Mul', [dBeta, share])], { axis: 0 });
    const through = emit.matmul(emit.matmul(scaled, correction, { b: true }), columns);
    emit.define(dx, emit.node('Add', [emit.matmul(scaled, emit.channels(dy)), through]), 'channels');
  },
};

/** Inputs: gradient of y, x, kernel, gamma, mean, variance; outputs: gradients of kernel, gamma and beta. */
export const normalisedConv2dParameterGradientOp: Op<Attributes> = {
  name: 'normalised-conv2d-parameter-gradient',

  shape([, , kernel, gamma]) {
    return [kernel, gamma, gamma];
  },

  reference(operands, attributes) {
    const [, x, kernel] = operands;
    const [dz, dGamma, dBeta] = referenceGradients(operands, attributes);
    const window = { ...attributes, kernel: kernel.shape };
    return [...conv2dKernelGradientOp.reference([x, dz], window), dGamma, dBeta];
  },

  onnx(emit, { inputs, outputs, attributes }) {
    const [, x, kernel, gamma, , variance] = inputs;
    const filters = kernel.shape[3];
    const { spread } = covariance(emit, x, kernel, attributes);
    const { scale } = normalisation(emit, gamma, variance, attributes);
    const { products, dGamma, dBeta, slope } = parameterGradients(emit, inputs, attributes);
    const centred = emit.node('Sub', [products, emit.node('Mul', [spread, slope])]);
    const [dKernel, ...vectors] = outputs;
    // Reshaped before the last node, because a reshaped result is copied when it is fetched.
    emit.define(dKernel, emit.node('Mul', [emit.reshape(centred, kernel.shape), scale]), 'logical');
    for (const [i, vector] of [dGamma, dBeta].entries())
      emit.define(vectors[i], emit.reshape(vector, [filters]), 'logical');
  },
};

/** Gradients of z, gamma and beta. */
function referenceGradients(
  [dy, x, kernel, ...rest]: Parameters<Op<Attributes>['reference']>[0],
  attributes: Attributes,
) {
  const [z] = conv2dOp.reference([x, kernel], attributes);
  return batchNormTrainingGradientOp.reference([dy, z, ...rest], attributes);
}

/** mean(a) [taps * in, 1], and c with a row of ones below it, [taps * in + 1, n]. */
function centredPatches(emit: OnnxEmitter, x: Value, kernel: Shape, sliding: Sliding) {
  const seen = patches(emit, x, kernel, sliding);
  const [z] = conv2dOp.shape([x.shape, kernel], sliding);
  const positions = z[0] * z[1] * z[2];
  const means = emit.reduce('ReduceMean', seen, [1]);
  const centred = emit.node('Sub', [seen, means]);
  const ones = emit.floats(new Float32Array(positions).fill(1), [1, positions]);
  return { means, centred, columns: emit.node('Concat', [centred, ones], { axis: 0 }), positions };
}

/** W and S W, both [taps * in, out]. */
function covariance(emit: OnnxEmitter, x: Value, kernel: Value, sliding: Sliding) {
  const [rows, columns, ins, outs] = kernel.shape;
  const matrix = emit.reshape(emit.logical(kernel), [rows * columns * ins, outs]);
  const { centred, positions } = centredPatches(emit, x, kernel.shape, sliding);
  const products = emit.matmul(centred, centred, { b: true });
  const spread = emit.matmul(emit.node('Mul', [products, emit.floats(1 / positions)]), matrix);
  return { matrix, spread };
}

/** 1 / deviation and gamma / deviation, both [1, out]. */
function normalisation(emit: OnnxEmitter, gamma: Value, variance: Value, { epsilon }: BatchNormAttributes) {
  const row = (value: Value) => emit.reshape(emit.logical(value), [1, gamma.shape[0]]);
  const deviation = emit.node('Sqrt', [emit.node('Add', [row(variance), emit.floats(epsilon)])]);
  const inverse = emit.node('Reciprocal', [deviation]);
  return { inverse, scale: emit.node('Mul', [row(gamma), inverse]) };
}

/** G [taps * in, out]; dgamma, dbeta and dgamma / deviation, all [1, out]. */
function parameterGradients(
  emit: OnnxEmitter,
  [dy, x, kernel, gamma, , variance]: Node['inputs'],
  attributes: Attributes,
) {
  const { columns } = centredPatches(emit, x, kernel.shape, attributes);
  const { matrix } = covariance(emit, x, kernel, attributes);
  const { inverse } = normalisation(emit, gamma, variance, attributes);
  // onnxruntime repacks the right factor of such a product: the narrower of the two.
  const both = emit.transpose(emit.matmul(emit.channels(dy), columns, { b: true }), [1, 0]);
  const last = emit.integers([kernel.shape.slice(0, 3).reduce((product, extent) => product * extent, 1)]);
  const [first, axis] = [emit.integers([0]), emit.integers([0])];
  const products = emit.node('Slice', [both, first, last, axis]);
  const dBeta = emit.node('Slice', [both, last, emit.integers([Number.MAX_SAFE_INTEGER]), axis]);
  const diagonal = emit.reduce('ReduceSum', emit.node('Mul', [products, matrix]), [0]);
  const dGamma = emit.node('Mul', [diagonal, inverse]);
  return { products, dGamma, dBeta, slope: emit.node('Mul', [dGamma, inverse]) };
}
