/**
 * Linear discriminant analysis with a Ledoit-Wolf estimate of each class's covariance (Ledoit & Wolf, 2004), as scikit-learn's
 * `solver='lsqr', shrinkage='auto'`: features are standardised within the class, the covariance is shrunk towards a
 * multiple of the identity and scaled back; the classes' covariances are averaged by their priors.
 */

import { addToDiagonal, inverseFactor, solve } from '../../linear-algebra/inverse-factor.js';
import { type Matrix, matrix, multiply } from '../../linear-algebra/matrix-product.js';
import { dot } from '../../linear-algebra/vectors.js';
import { type Classifier, type LabelledRows, type Probe, softmaxRows } from './probe.js';

export const linearDiscriminantAnalysis: Probe = {
  name: 'LDA, Ledoit-Wolf shrinkage',
  invariance: 'none',
  fit: fitLda,
};

export interface LinearDiscriminantAnalysis extends Classifier {
  /** [classes, dimensions]. */
  readonly coefficients: Matrix;
  readonly intercepts: Float64Array;
  readonly shrinkages: readonly number[];
  decisionValues(features: Matrix): Promise<Matrix>;
}

export async function fitLda(train: LabelledRows): Promise<LinearDiscriminantAnalysis> {
  const { features, classes } = train;
  const { rows, columns } = features;
  const means = matrix(classes, columns);
  const counts = new Float64Array(classes);
  // Covariance = Z' Z + diag(ridge), Z being the weighted, centred clips, class after class.
  const weighted = matrix(rows, columns);
  const ridge = new Float64Array(columns);
  const shrinkages: number[] = [];
  let filled = 0;
  for (let label = 0; label < classes; label++) {
    const members: number[] = [];
    for (let row = 0; row < rows; row++) if (train.labels[row] === label) members.push(row);
    counts[label] = members.length;
    const prior = members.length / rows;
    const own = matrix(
      members.length,
      columns,
      weighted.data.subarray(filled * columns, (filled + members.length) * columns),
    );
    const { mean, deviation } = standardise(features, members, own);
    const { shrinkage, target } = await ledoitWolf(own);
    shrinkages.push(shrinkage);
    means.data.set(mean, label * columns);
    const factor = Math.sqrt((prior * (1 - shrinkage)) / members.length);
    scaleColumns(
      own,
      deviation.map((value) => factor * value),
    );
    for (let column = 0; column < columns; column++)
      ridge[column] += prior * shrinkage * target * deviation[column] ** 2;
    filled += members.length;
  }
  const coefficients = await solveCovariance(weighted, ridge, means);
  const intercepts = counts.map((count, label) => {
    let product = 0;
    for (let i = label * columns; i < (label + 1) * columns; i++)
      product += means.data[i] * coefficients.data[i];
    return Math.log(count / rows) - 0.5 * product;
  });
  const decisionValues = async (rows: Matrix) => {
    const values = await multiply(rows, coefficients, 'right');
    for (let i = 0; i < values.data.length; i++) values.data[i] += intercepts[i % classes];
    return values;
  };
  return {
    coefficients,
    intercepts,
    shrinkages,
    decisionValues,
    async probabilities(rows) {
      const values = await decisionValues(rows);
      softmaxRows(values);
      return values;
    },
  };
}

/** Writes the rows of a class minus their mean, over their population standard deviation; a deviation of 0 counts as 1. */
function standardise({ columns, data }: Matrix, members: readonly number[], into: Matrix) {
  const mean = new Float64Array(columns);
  const deviation = new Float64Array(columns);
  for (const row of members)
    for (let column = 0, i = row * columns; column < columns; column++, i++) mean[column] += data[i];
  for (let column = 0; column < columns; column++) mean[column] /= members.length;
  for (const [member, row] of members.entries())
    for (let column = 0, i = row * columns, to = member * columns; column < columns; column++, i++, to++) {
      const difference = data[i] - mean[column];
      into.data[to] = difference;
      deviation[column] += difference * difference;
    }
  for (let column = 0; column < columns; column++) {
    const root = Math.sqrt(deviation[column] / members.length);
    // Rounding of a constant column is not a deviation.
    deviation[column] = root > 10 * Number.EPSILON * Math.abs(mean[column]) ? root : 1;
  }
  scaleColumns(
    into,
    deviation.map((value) => 1 / value),
  );
  return { mean, deviation };
}

function sumOfSquares(values: Float64Array): number {
  return dot(values, values);
}

/** Multiplies each column by its factor, in place. */
function scaleColumns({ rows, columns, data }: Matrix, factors: Float64Array): void {
  for (let row = 0, i = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, i++) data[i] *= factors[column];
}

/** Optimal shrinkage of the covariance of centred rows towards `target` times the identity. */
async function ledoitWolf(centred: Matrix): Promise<{ shrinkage: number; target: number }> {
  const { rows, columns } = centred;
  if (columns === 1) return { shrinkage: 0, target: 0 };
  let trace = 0;
  let fourth = 0;
  for (let row = 0; row < rows; row++) {
    const square = sumOfSquares(centred.data.subarray(row * columns, (row + 1) * columns));
    trace += square / rows;
    fourth += square * square;
  }
  const target = trace / columns;
  // |X' X| and |X X'| are equal: the smaller is cheaper.
  const gram = await multiply(centred, centred, rows < columns ? 'right' : 'left');
  const squaredNorm = sumOfSquares(gram.data) / (rows * rows);
  const beta = (fourth / rows - squaredNorm) / (columns * rows);
  const delta = (squaredNorm - 2 * target * trace + columns * target * target) / columns;
  return { shrinkage: beta <= 0 || delta <= 0 ? 0 : Math.min(beta, delta) / delta, target };
}

/** `means (Z' Z + diag(ridge))^-1`, [classes, dimensions]; through the clips where they are fewer than the dimensions. Z is used up. */
async function solveCovariance(weighted: Matrix, ridge: Float64Array, means: Matrix): Promise<Matrix> {
  const { rows, columns } = weighted;
  const average = (sumOfSquares(weighted.data) + ridge.reduce((sum, value) => sum + value, 0)) / columns;
  // A direction without any variance gets the least that float64 can still factorise.
  const least = Math.max(average * 1e-14, Number.MIN_VALUE);
  const diagonal = ridge.map((value) => Math.max(value, least));
  if (rows >= columns) {
    const covariance = await multiply(weighted, weighted, 'left');
    addToDiagonal(covariance, diagonal);
    const inverse = await inverseFactor(covariance);
    // Rows of means as columns: (W' W means')' = (means W') W.
    return multiply(await multiply(means, inverse, 'right'), inverse);
  }
  // Woodbury, in units where the diagonal is one: (I + Y' Y)^-1 = I - Y' (I + Y Y')^-1 Y.
  const scales = diagonal.map((value) => 1 / Math.sqrt(value));
  const scaled = weighted;
  scaleColumns(scaled, scales);
  const result = matrix(means.rows, columns, means.data.slice());
  scaleColumns(result, scales);
  const inner = await multiply(scaled, scaled, 'right');
  addToDiagonal(inner, 1);
  const inverse = await inverseFactor(inner);
  const correction = await multiply(
    await solve(inverse, await multiply(scaled, result, 'right')),
    scaled,
    'left',
  );
  for (let i = 0; i < result.data.length; i++) result.data[i] -= correction.data[i];
  scaleColumns(result, scales);
  return result;
}
