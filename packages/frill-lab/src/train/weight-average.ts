/**
 * A running mean of the weights of a network in training, which predicts better than the weights of any one step (Polyak &
 * Juditsky, 1992; as an exponential mean: Tarvainen & Valpola, NeurIPS 2017).
 */
import type { Weights } from '../tensor/tensor.js';

/** Steps between two that are taken in: the mean hardly changes by it, and its cost falls to nothing. */
const EVERY = 8;

export class WeightAverage {
  /** Copies. */
  readonly weights: Weights;

  /** `decay` is that of one step. */
  constructor(
    start: Weights,
    private readonly decay: number,
  ) {
    this.weights = new Map(
      [...start].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
    );
  }

  /** After so many steps; `weights` are of the same network as those that the mean started with. */
  take(weights: Weights, steps: number): void {
    if (steps % EVERY !== 0) return;
    const share = 1 - this.decay ** EVERY;
    for (const [name, { data }] of weights) approach(this.weights.get(name)?.data, data, share);
  }
}

function approach(mean: Float32Array | undefined, data: Float32Array, share: number): void {
  if (mean) for (let i = 0; i < mean.length; i++) mean[i] += share * (data[i] - mean[i]);
}
