/**
 * Triplet loss with semi-hard negatives (Schroff et al., FaceNet, 2015), from a matrix of distances. For an anchor a
 * and a positive p the negative n is the nearest of those that are farther than p, or the farthest of all if none is;
 * the loss is the mean over all pairs (a, p) of max(0, d[a, p] - d[a, n] + margin). The choice of n is held constant in
 * the gradient. That is TensorFlow Addons' `triplet_semihard_loss`, for labels; for pairs it is the same rule.
 */
import { type Tensor, tensor } from '../../tensor/tensor.js';
import type { Node, Value } from '../graph.js';
import { type Op, ShapeError } from '../op.js';
import { multiply } from './multiply.js';

export interface TripletLossAttributes {
  readonly margin: number;
}

/**
 * distances [N, N] among the rows of a batch and their labels [N] -> []. Rows of one label are each other's positives,
 * all others are negatives. Labels are compared as numbers: any integers up to 2^24.
 */
export function labelTripletLoss(distances: Value, labels: Value, attributes: TripletLossAttributes): Value {
  return distances.graph.apply(labelTripletLossOp, [distances, labels], attributes)[0];
}

/** distances [N, N] from anchors (rows) to positives (columns) -> []. Row i belongs to column i; all others are negatives. */
export function pairTripletLoss(distances: Value, attributes: TripletLossAttributes): Value {
  return distances.graph.apply(pairTripletLossOp, [distances], attributes)[0];
}

/** Inputs distances, labels. Outputs the loss [] and its slope [N, N]: the derivative by each distance. */
export const labelTripletLossOp: Op<TripletLossAttributes> = {
  name: 'label-triplet-loss',

  shape([distances, labels]) {
    if (
      distances.length !== 2 ||
      distances[0] !== distances[1] ||
      labels?.length !== 1 ||
      labels[0] !== distances[0]
    )
      throw new ShapeError(this.name, 'needs distances [N, N] and labels [N]', [distances, labels]);
    return [[], distances];
  },

  reference([distances, { data: labels }], { margin }) {
    return semiHardLoss(distances, margin, (a, other) => {
      if (a === other) return 'neither';
      return labels[a] === labels[other] ? 'positive' : 'negative';
    });
  },

  gradient(node, upstream) {
    return [throughSlope(node, upstream), null];
  },
};

/** Input distances. Outputs the loss [] and its slope [N, N]: the derivative by each distance. */
export const pairTripletLossOp: Op<TripletLossAttributes> = {
  name: 'pair-triplet-loss',

  shape([distances]) {
    if (distances.length !== 2 || distances[0] !== distances[1])
      throw new ShapeError(this.name, 'needs distances [N, N]', [distances]);
    return [[], distances];
  },

  reference([distances], { margin }) {
    return semiHardLoss(distances, margin, (a, other) => (a === other ? 'positive' : 'negative'));
  },

  gradient(node, upstream) {
    return [throughSlope(node, upstream)];
  },
};

function throughSlope(
  { op, outputs: [, slope] }: Node,
  [dLoss, dSlope]: readonly (Value | null)[],
): Value | null {
  if (dSlope) throw new Error(`${op.name}: a loss cannot depend on the slope`);
  return dLoss && multiply(slope, dLoss);
}

type Role = 'positive' | 'negative' | 'neither';

/** A pair without any negative counts with 0, as does one whose negative is beyond the margin. */
function semiHardLoss(
  { shape, data: distances }: Tensor,
  margin: number,
  roleOf: (anchor: number, other: number) => Role,
): [loss: Tensor, slope: Tensor] {
  const count = shape[0];
  const slope = tensor(shape);
  let pairs = 0;
  let sum = 0;
  for (let a = 0; a < count; a++)
    for (let p = 0; p < count; p++) {
      if (roleOf(a, p) !== 'positive') continue;
      pairs++;
      const row = distances.subarray(a * count, (a + 1) * count);
      const n = semiHardNegative(row, row[p], (other) => roleOf(a, other) === 'negative');
      if (n === undefined || row[p] - row[n] + margin <= 0) continue;
      sum += row[p] - row[n] + margin;
      slope.data[a * count + p] += 1;
      slope.data[a * count + n] -= 1;
    }
  const mean = 1 / Math.max(pairs, 1);
  return [
    tensor([], [sum * mean]),
    tensor(
      shape,
      slope.data.map((value) => value * mean),
    ),
  ];
}

function semiHardNegative(
  distances: Float64Array,
  positive: number,
  isNegative: (other: number) => boolean,
): number | undefined {
  let nearestBeyond: number | undefined;
  let farthest: number | undefined;
  for (const [other, distance] of distances.entries()) {
    if (!isNegative(other)) continue;
    if (distance > positive && (nearestBeyond === undefined || distance < distances[nearestBeyond]))
      nearestBeyond = other;
    if (farthest === undefined || distance > distances[farthest]) farthest = other;
  }
  return nearestBeyond ?? farthest;
}
