/** Which class was taken for which. */

/**
 * Counts in row-major order: `counts[truth * classes + predicted]`.
 * `truth` and `predicted` hold class indexes in [0, classes).
 */
export function confusionMatrix(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
): Uint32Array {
  const counts = new Uint32Array(classes * classes);
  for (let i = 0; i < truth.length; i++) counts[truth[i] * classes + predicted[i]]++;
  return counts;
}
