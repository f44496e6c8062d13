/**
 * The two products that fitting a linear classifier consists of, with weights, logits and what derives from them class after
 * class: exactly in float64, or in float32, which is several times as fast.
 */
import { type Matrix, matrix, multiply } from '../../linear-algebra/matrix-product.js';
import { packMatrix } from '../../linear-algebra/packed-matrix.js';

export interface FeatureProducts {
  /** Weights [classes, columns] to logits [classes, clips]. The result is valid until the next call. */
  logits(weights: Float64Array): Promise<Float64Array>;
  /** Sums of the clips' features with the weights [classes, clips]: [classes, columns]. A new array each time. */
  sums(clipWeights: Float64Array): Promise<Float64Array>;
  close(): Promise<void>;
}

export function exactProducts(features: Matrix, classes: number): FeatureProducts {
  const { rows, columns } = features;
  const byClip = matrix(rows, classes);
  const byColumn = matrix(columns, classes);
  const logits = new Float64Array(rows * classes);
  return {
    async logits(weights) {
      await multiply(features, matrix(classes, columns, weights), 'right', byClip);
      transpose(byClip, logits);
      return logits;
    },
    async sums(clipWeights) {
      transpose(matrix(classes, rows, clipWeights), byClip.data);
      await multiply(features, byClip, 'left', byColumn);
      const sums = new Float64Array(columns * classes);
      transpose(byColumn, sums);
      return sums;
    },
    close: async () => {},
  };
}

/** Relative errors near 1e-6. */
export async function fastProducts(
  features: Matrix<Float32Array>,
  classes: number,
): Promise<FeatureProducts> {
  const packed = await packMatrix(features, classes);
  return {
    logits: async (weights) => Float64Array.from(await packed.timesRows(Float32Array.from(weights))),
    sums: async (clipWeights) => Float64Array.from(await packed.sumRows(Float32Array.from(clipWeights))),
    close: () => packed.close(),
  };
}

function transpose({ rows, data }: Matrix, into: Float64Array): void {
  for (let row = 0, i = 0; row < rows; row++)
    for (let to = row; to < into.length; to += rows, i++) into[to] = data[i];
}
