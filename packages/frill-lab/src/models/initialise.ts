/**
 * How parameters start: Keras' defaults. Every parameter has a random stream of its own, named after the seed and
 * itself, so that adding a layer changes nothing elsewhere and students of one seed share what they have in common.
 */
import type { Graph, Initialiser } from '../graph/graph.js';
import { type Random, random } from '../tensor/random.js';
import { sizeOf, type Weights } from '../tensor/tensor.js';

/** Weights and statistics of a graph at the start of training. The same seed gives the same bits everywhere. */
export function initialise(graph: Graph, seed: string | number): Weights {
  const weights: Weights = new Map();
  for (const { name, shape, source } of graph.parameters) {
    if (source.kind !== 'weight' && source.kind !== 'statistic') continue;
    const next = distribution(source.initialiser, random(seed).fork(name));
    weights.set(name, { shape, data: Float32Array.from({ length: sizeOf(shape) }, next) });
  }
  return weights;
}

function distribution(initialiser: Initialiser, stream: Random): () => number {
  switch (initialiser.kind) {
    case 'zeros':
      return () => 0;
    case 'ones':
      return () => 1;
    case 'glorot-uniform': {
      // Glorot & Bengio, 2010.
      const limit = Math.sqrt(6 / (initialiser.fanIn + initialiser.fanOut));
      return () => stream.uniform(-limit, limit);
    }
    case 'he-normal': {
      // He et al., 2015; like Keras, cut at two deviations and widened so that the variance is 2 / fanIn.
      const deviation = Math.sqrt(2 / initialiser.fanIn) / TRUNCATED_DEVIATION;
      return () => {
        for (;;) {
          const normal = stream.normal();
          if (Math.abs(normal) <= 2) return deviation * normal;
        }
      };
    }
  }
}

/** Standard deviation of a standard normal that is cut at two deviations. */
const TRUNCATED_DEVIATION = 0.8796256610342398;
