/**
 * Mean recall over the classes that occur in the truth (scikit-learn's `balanced_accuracy_score`): every class counts the
 * same, however many clips it has.
 */
export function balancedAccuracy(truth: ArrayLike<number>, predicted: ArrayLike<number>): number {
  const correct = new Map<number, number>();
  const total = new Map<number, number>();
  for (let i = 0; i < truth.length; i++) {
    total.set(truth[i], (total.get(truth[i]) ?? 0) + 1);
    if (truth[i] === predicted[i]) correct.set(truth[i], (correct.get(truth[i]) ?? 0) + 1);
  }
  let sum = 0;
  for (const [label, count] of total) sum += (correct.get(label) ?? 0) / count;
  return sum / total.size;
}
