/** Mean and deviation of all log-mel values from those of each band, for a network's standardising input. */
import type { WindowFeatures } from '../corpus/window-features.js';
import { STANDARDISATION } from '../models/layers.js';
import type { Weights } from '../tensor/tensor.js';

/** Silence alone has no deviation; this much keeps its values finite. */
const LEAST_DEVIATION = 1e-3;

/** Sets the mean and deviation of the input layer, where the network has one that standardises. */
export function setStandardisation(
  weights: Weights,
  { mean, deviation }: WindowFeatures['featureStatistics'],
): void {
  const centre = mean.reduce((sum, each) => sum + each, 0) / mean.length;
  const square = deviation.reduce((sum, each, band) => sum + each ** 2 + (mean[band] - centre) ** 2, 0);
  weights.get(STANDARDISATION.mean)?.data.fill(centre);
  const spread = Math.sqrt(square / deviation.length);
  weights.get(STANDARDISATION.deviation)?.data.fill(Math.max(spread, LEAST_DEVIATION));
}
