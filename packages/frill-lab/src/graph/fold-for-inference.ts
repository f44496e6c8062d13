/** A network as it is exported: what is constant after training becomes part of the layers. */
import { foldBatchNorm } from './fold-batch-norm.js';
import { foldStandardise } from './fold-standardise.js';
import type { Value } from './graph.js';
import type { Folded } from './rewrite.js';

/** Folds batch normalisation into the layers before it, then the standardisation of the input into the one above it. */
export function foldForInference(outputs: readonly Value[]): Folded {
  const normalised = foldBatchNorm(outputs);
  const standardised = foldStandardise(outputs.map(normalised.at));
  return {
    graph: standardised.graph,
    at: (value) => standardised.at(normalised.at(value)),
    weights: (parameters) => standardised.weights(normalised.weights(parameters)),
  };
}
