/**
 * Equal error rate: where the false acceptance rate equals the false rejection rate. Of the definitions in use this one neither
 * depends on the order of tied clips nor jumps between thresholds: the ROC goes through the points of the distinct scores,
 * joined by straight lines. (The original NOSS code takes one threshold an example, ties not grouped.)
 */

/** `labels` are 0 or 1; a higher score means 1. NaN when either class is absent. */
export function equalErrorRate(labels: ArrayLike<number>, scores: ArrayLike<number>): number {
  return whereRatesMeet(rocCurve(labels, scores));
}

/** Share of negatives accepted and of positives rejected at one threshold. */
interface RocPoint {
  readonly accepted: number;
  readonly rejected: number;
}

/** Points from the highest threshold (nothing accepted) down. */
function rocCurve(labels: ArrayLike<number>, scores: ArrayLike<number>): RocPoint[] {
  const order = Array.from(scores, (_, index) => index).sort((a, b) => scores[a] - scores[b]);
  const positives = Array.from(labels).reduce((sum, label) => sum + label, 0);
  const negatives = labels.length - positives;
  const points: RocPoint[] = [{ accepted: 0, rejected: 1 }];
  let acceptedNegatives = 0;
  let acceptedPositives = 0;
  for (let place = order.length - 1; place >= 0; place--) {
    if (labels[order[place]] === 1) acceptedPositives++;
    else acceptedNegatives++;
    if (place > 0 && scores[order[place]] === scores[order[place - 1]]) continue;
    points.push({
      accepted: acceptedNegatives / negatives,
      rejected: 1 - acceptedPositives / positives,
    });
  }
  return points;
}

function whereRatesMeet(curve: readonly RocPoint[]): number {
  for (let i = 1; i < curve.length; i++) {
    const before = curve[i - 1];
    const after = curve[i];
    if (after.accepted < after.rejected) continue;
    const gapBefore = before.rejected - before.accepted;
    const gapAfter = after.accepted - after.rejected;
    const share = gapBefore / (gapBefore + gapAfter);
    return before.accepted + share * (after.accepted - before.accepted);
  }
  return Number.NaN;
}

/** Mean over the classes of each class against the rest, of the classes that have both. `scores` is [clips, classes]. */
export function macroEqualErrorRate(
  truth: ArrayLike<number>,
  scores: ArrayLike<number>,
  classes: number,
): number {
  let sum = 0;
  let counted = 0;
  for (let label = 0; label < classes; label++) {
    const labels = Uint8Array.from(truth, (actual) => (actual === label ? 1 : 0));
    if (!labels.includes(0) || !labels.includes(1)) continue;
    sum += equalErrorRate(
      labels,
      Float64Array.from(truth, (_, clip) => scores[clip * classes + label]),
    );
    counted++;
  }
  return sum / counted;
}
