/** What distillation makes small: how far a student's values lie from its teacher's. */
import type { Value } from '../graph/graph.js';
import { add } from '../graph/ops/add.js';
import { l2Normalise } from '../graph/ops/l2-normalise.js';
import { meanSquaredError } from '../graph/ops/mean-squared-error.js';
import { multiply } from '../graph/ops/multiply.js';
import { tensor } from '../tensor/tensor.js';

/**
 * (1 - share) times the mean squared error and share times the mean cosine distance, both of predictions and targets
 * [N, F]; a scalar. `share` is from 0 to 1.
 */
export function distillationLoss(prediction: Value, target: Value, share: number): Value {
  if (share === 0) return meanSquaredError(prediction, target);
  const cosine = cosineDistance(prediction, target);
  if (share === 1) return cosine;
  return add(times(meanSquaredError(prediction, target), 1 - share), times(cosine, share));
}

/** The mean over rows of 1 - cos. Unit vectors are |a - b|^2 = 2 (1 - cos) apart. */
function cosineDistance(prediction: Value, target: Value): Value {
  const apart = meanSquaredError(l2Normalise(prediction), l2Normalise(target));
  return times(apart, prediction.shape[1] / 2);
}

function times(value: Value, factor: number): Value {
  return multiply(value, value.graph.constant(tensor([], [factor])));
}
