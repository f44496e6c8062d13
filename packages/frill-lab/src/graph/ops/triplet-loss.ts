/**
 * Triplet loss with semi-hard negatives (Schroff et al., FaceNet, 2015), from a matrix of distances. For an anchor a
 * and a positive p the negative n is the nearest of those that are farther than p, or the farthest of all if none is;
 * the loss is the mean over all pairs (a, p) of max(0, d[a, p] - d[a, n] + margin). The choice of n is held constant in
 * the gradient. That is TensorFlow Addons' `triplet_semihard_loss`.
 */
import { tensor } from '../../tensor/tensor.js';
import type { Node, Op, Value } from '../graph.js';
import type { OnnxEmitter } from '../onnx-emitter.js';
import { ShapeError } from '../shape-error.js';
import { multiply } from './multiply.js';

export interface TripletLossAttributes {
  readonly margin: number;
}

/**
 * distances [N, N] among the rows of a batch and their labels [N] -> []. Rows of one label are each other's positives,
 * all others are negatives. Labels are compared as numbers: any integers up to 2^24.
 */
export function tripletLoss(distances: Value, labels: Value, attributes: TripletLossAttributes): Value {
  return distances.graph.apply(tripletLossOp, [distances, labels], attributes)[0];
}

/** Inputs distances, labels. Outputs the loss [] and its slope [N, N]: the derivative by each distance. */
export const tripletLossOp: Op<TripletLossAttributes> = {
  name: 'triplet-loss',

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

  reference([{ shape, data: distances }, { data: labels }], { margin }) {
    const count = shape[0];
    const slope = tensor(shape);
    let pairs = 0;
    let sum = 0;
    for (let a = 0; a < count; a++)
      for (let p = 0; p < count; p++) {
        if (a === p || labels[a] !== labels[p]) continue;
        pairs++;
        const row = distances.subarray(a * count, (a + 1) * count);
        const n = semiHardNegative(row, row[p], (other) => labels[other] !== labels[a]);
        // A pair without any negative counts with 0, as does one whose negative is beyond the margin.
        if (n === undefined || row[p] - row[n] + margin <= 0) continue;
        sum += row[p] - row[n] + margin;
        slope.data[a * count + p] += 1;
        slope.data[a * count + n] -= 1;
      }
    const mean = 1 / Math.max(pairs, 1);
    const meanSlope = slope.data.map((value) => value * mean);
    return [tensor([], [sum * mean]), tensor(shape, meanSlope)];
  },

  gradient({ op, outputs: [, slope] }, [dLoss, dSlope]) {
    if (dSlope) throw new Error(`${op.name}: a loss cannot depend on the slope`);
    return [dLoss && multiply(slope, dLoss), null];
  },

  onnx(emit, node) {
    const [distances, labels] = node.inputs;
    const count = distances.shape[0];
    const [column, row] = [
      [count, 1],
      [1, count],
    ].map((shape) => emit.reshape(emit.logical(labels), shape));
    const isAlike = emit.node('Equal', [column, row]);
    const isOther = emit.node('Not', [identity(emit, count)]);
    const isPositive = emit.node('And', [isAlike, isOther]);
    emitSemiHardLoss(emit, node, { isPositive, isNegative: emit.node('Not', [isAlike]) });
  },
};

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

/** Booleans [count, count], true on the diagonal. */
function identity(emit: OnnxEmitter, count: number): string {
  const indices = emit.integers(Array.from({ length: count }, (_, i) => i));
  return emit.node('Equal', [emit.reshape(indices, [count, 1]), indices]);
}

/** All triplets at once, [anchor, positive, negative], from booleans [anchor, other]. */
function emitSemiHardLoss(
  emit: OnnxEmitter,
  { inputs: [distances], outputs: [loss, slope], attributes: { margin } }: Node<TripletLossAttributes>,
  { isPositive, isNegative }: { isPositive: string; isNegative: string },
): void {
  const count = distances.shape[0];
  const d = emit.logical(distances);
  const far = emit.floats(1e30);
  const float = (booleans: string) => emit.node('Cast', [booleans], { to: FLOAT });

  // Per anchor and positive: the nearest negative beyond it; per anchor: the farthest negative.
  const ofNegative = emit.reshape(d, [count, 1, count]);
  const isBeyond = emit.node('And', [
    emit.node('Greater', [ofNegative, emit.reshape(d, [count, count, 1])]),
    emit.reshape(isNegative, [count, 1, count]),
  ]);
  const beyond = emit.node('Where', [isBeyond, ofNegative, far]);
  const nearest = emit.reshape(emit.reduce('ReduceMin', beyond, [2]), [count, count]);
  const negatives = emit.node('Where', [isNegative, d, emit.node('Neg', [far])]);
  const farthest = emit.reduce('ReduceMax', negatives, [1]);
  const isSemiHard = emit.node('Less', [nearest, far]);
  const chosen = emit.node('Where', [isSemiHard, nearest, farthest]);
  const chosenIndex = emit.node('Where', [
    isSemiHard,
    emit.node('ArgMin', [beyond], { axis: 2, keepdims: 0 }),
    emit.node('ArgMax', [negatives], { axis: 1, keepdims: 1 }),
  ]);

  const costs = emit.node('Relu', [emit.node('Add', [emit.node('Sub', [d, chosen]), emit.floats(margin)])]);
  const isActive = emit.node('And', [
    emit.node('And', [isPositive, emit.node('Greater', [farthest, emit.node('Neg', [far])])]),
    emit.node('Greater', [costs, emit.floats(0)]),
  ]);
  const pairs = emit.node('Max', [emit.reduce('ReduceSum', float(isPositive), [0, 1]), emit.floats(1)]);
  const share = emit.node('Div', [float(isActive), pairs]);
  const total = emit.reduce('ReduceSum', emit.node('Mul', [costs, share]), [0, 1]);
  emit.define(loss, emit.reshape(total, []), 'logical');

  const indices = emit.integers(Array.from({ length: count }, (_, i) => i));
  const isChosen = emit.node('Equal', [emit.reshape(chosenIndex, [count, count, 1]), indices]);
  const away = emit.matmul(emit.reshape(share, [count, 1, count]), float(isChosen));
  emit.define(slope, emit.node('Sub', [share, emit.reshape(away, [count, count])]), 'logical');
}

/** ONNX's number for float32. */
const FLOAT = 1;
