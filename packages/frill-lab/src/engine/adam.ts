/**
 * Adam (Kingma & Ba, 2015) as Keras defines it, with epsilon beside the uncorrected root:
 *
 *   m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2
 *   w -= rate sqrt(1 - beta2^t) / (1 - beta1^t)  m / (sqrt(v) + epsilon)
 *
 * (PyTorch corrects v before the root, which makes its epsilon larger in the first steps.)
 */
import type { FloatArray } from '../tensor/tensor.js';

export interface AdamOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** The values of the paper, and of FRILL's training. */
export const ADAM: AdamOptions = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/** The moments of one weight; zeros before the first step. */
export interface AdamMoments {
  readonly m: FloatArray;
  readonly v: FloatArray;
}

/** What step `t` (the first is 1) multiplies m / (sqrt(v) + epsilon) with: the learning rate, corrected for moments that start at zero. */
export function adamRate(t: number, learningRate: number, { beta1, beta2 }: AdamOptions): number {
  return (learningRate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
}

/** Step `t` (the first is 1) of one weight, in place. */
export function adamStep(
  weight: FloatArray,
  gradient: FloatArray,
  { m, v }: AdamMoments,
  t: number,
  learningRate: number,
  options: AdamOptions = ADAM,
): void {
  const { beta1, beta2, epsilon } = options;
  const rate = adamRate(t, learningRate, options);
  for (let i = 0; i < weight.length; i++) {
    m[i] = beta1 * m[i] + (1 - beta1) * gradient[i];
    v[i] = beta2 * v[i] + (1 - beta2) * gradient[i] ** 2;
    weight[i] -= (rate * m[i]) / (Math.sqrt(v[i]) + epsilon);
  }
}

/** A running statistic moves towards that of the batch, in place. */
export function updateStatistic(statistic: FloatArray, batch: FloatArray, momentum: number): void {
  for (let i = 0; i < statistic.length; i++)
    statistic[i] = momentum * statistic[i] + (1 - momentum) * batch[i];
}
