/**
 * Area under the ROC curve: the probability that a positive scores above a negative, ties counting one half
 * (Mann-Whitney U over the product of the counts).
 */

/** `labels` are 0 or 1; a higher score means 1. NaN when either class is absent. */
export function auc(labels: ArrayLike<number>, scores: ArrayLike<number>): number {
  const order = Uint32Array.from(scores, (_, index) => index).sort((a, b) => scores[a] - scores[b]);
  let positives = 0;
  let negativesBelow = 0;
  let wins = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    let tiedPositives = 0;
    for (; end < order.length && scores[order[end]] === scores[order[start]]; end++)
      tiedPositives += labels[order[end]];
    const tiedNegatives = end - start - tiedPositives;
    wins += tiedPositives * (negativesBelow + tiedNegatives / 2);
    positives += tiedPositives;
    negativesBelow += tiedNegatives;
    start = end;
  }
  return wins / (positives * negativesBelow);
}

/** Mean over the classes of each class against the rest, of the classes that have both. `scores` is [clips, classes]. */
export function macroAuc(truth: ArrayLike<number>, scores: ArrayLike<number>, classes: number): number {
  let sum = 0;
  let counted = 0;
  for (let label = 0; label < classes; label++) {
    const value = auc(
      Uint8Array.from(truth, (actual) => (actual === label ? 1 : 0)),
      Float64Array.from(truth, (_, clip) => scores[clip * classes + label]),
    );
    if (Number.isNaN(value)) continue;
    sum += value;
    counted++;
  }
  return sum / counted;
}
