/**
 * Batch normalisation (Ioffe & Szegedy, 2015) over the last axis, y = gamma (x - mean) / sqrt(variance + epsilon) + beta.
 * While training, mean and variance are those of the batch, over all axes but the last; the variance is the
 * population variance (divided by n, as in Keras 3 and ONNX; TensorFlow's fused kernel in Keras 2 kept a running
 * variance divided by n - 1). For inference they are given.
 */
import { type Shape, sameShape, tensor } from '../../tensor/tensor.js';
import type { Value } from '../graph.js';
import { type Op, ShapeError } from '../op.js';

export interface BatchNormAttributes {
  readonly epsilon: number;
}

/** x [..., C], gamma [C], beta [C] -> y [..., C] and the batch's mean [C] and population variance [C]. */
export function batchNormTraining(
  x: Value,
  gamma: Value,
  beta: Value,
  attributes: BatchNormAttributes,
): { y: Value; mean: Value; variance: Value } {
  const [y, mean, variance] = x.graph.apply(batchNormTrainingOp, [x, gamma, beta], attributes);
  return { y, mean, variance };
}

/** x [..., C], four vectors [C] -> y [..., C]. */
export function batchNorm(
  x: Value,
  parameters: { gamma: Value; beta: Value; mean: Value; variance: Value },
  attributes: BatchNormAttributes,
): Value {
  const { gamma, beta, mean, variance } = parameters;
  return x.graph.apply(batchNormOp, [x, gamma, beta, mean, variance], attributes)[0];
}

function requireVectors(op: string, shapes: readonly Shape[]): number {
  const [x, ...vectors] = shapes;
  const channels = x[x.length - 1];
  if (!vectors.every((vector) => sameShape(vector, [channels])))
    throw new ShapeError(op, `the parameters must be [${channels}]`, shapes);
  return channels;
}

/** Inputs x, gamma, beta; outputs y, mean, variance. The loss may depend on y alone. */
export const batchNormTrainingOp: Op<BatchNormAttributes> = {
  name: 'batch-norm-training',

  shape(shapes) {
    const channels = requireVectors(this.name, shapes);
    return [shapes[0], [channels], [channels]];
  },

  reference([x, gamma, beta], { epsilon }) {
    const channels = gamma.shape[0];
    const count = x.data.length / channels;
    const mean = tensor([channels]);
    for (let i = 0; i < x.data.length; i++) mean.data[i % channels] += x.data[i] / count;
    const variance = tensor([channels]);
    for (let i = 0; i < x.data.length; i++)
      variance.data[i % channels] += (x.data[i] - mean.data[i % channels]) ** 2 / count;
    const [y] = batchNormOp.reference([x, gamma, beta, mean, variance], { epsilon });
    return [y, mean, variance];
  },

  gradient({ inputs: [x, gamma], outputs: [, mean, variance], attributes }, [dy, dMean, dVariance]) {
    if (dMean || dVariance) throw new Error(`${this.name}: a loss cannot depend on the batch's statistics`);
    if (!dy) return [null, null, null];
    return x.graph.apply(batchNormTrainingGradientOp, [dy, x, gamma, mean, variance], attributes);
  },
};

/** Inputs: gradient of y, x, gamma, the batch's mean and variance; outputs: gradients of x, gamma and beta. */
export const batchNormTrainingGradientOp: Op<BatchNormAttributes> = {
  name: 'batch-norm-training-gradient',

  shape([, x, gamma]) {
    return [x, gamma, gamma];
  },

  reference([dy, x, gamma, mean, variance], { epsilon }) {
    const channels = gamma.shape[0];
    const count = x.data.length / channels;
    const dGamma = tensor([channels]);
    const dBeta = tensor([channels]);
    const normalised = (i: number) =>
      (x.data[i] - mean.data[i % channels]) / Math.sqrt(variance.data[i % channels] + epsilon);
    for (let i = 0; i < x.data.length; i++) {
      dGamma.data[i % channels] += dy.data[i] * normalised(i);
      dBeta.data[i % channels] += dy.data[i];
    }
    const dx = tensor(x.shape);
    for (let i = 0; i < x.data.length; i++) {
      const c = i % channels;
      const throughStatistics = (dBeta.data[c] + normalised(i) * dGamma.data[c]) / count;
      dx.data[i] = (gamma.data[c] / Math.sqrt(variance.data[c] + epsilon)) * (dy.data[i] - throughStatistics);
    }
    return [dx, dGamma, dBeta];
  },
};

/** Inputs x, gamma, beta, mean, variance. Inference only: it has no gradient. */
export const batchNormOp: Op<BatchNormAttributes> = {
  name: 'batch-norm',

  shape(shapes) {
    requireVectors(this.name, shapes);
    return [shapes[0]];
  },

  reference([x, gamma, beta, mean, variance], { epsilon }) {
    const channels = gamma.shape[0];
    const y = tensor(x.shape);
    for (let i = 0; i < x.data.length; i++) {
      const c = i % channels;
      const normalised = (x.data[i] - mean.data[c]) / Math.sqrt(variance.data[c] + epsilon);
      y.data[i] = gamma.data[c] * normalised + beta.data[c];
    }
    return [y];
  },
};
