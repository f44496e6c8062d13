/**
 * Multinomial logistic regression: minimises 0.5 |W|^2 + C sum_i weight_i * cross-entropy_i over the weights and the unpenalised
 * intercepts, as scikit-learn defines it.
 *
 * `converged` (the default) goes to the optimum by a truncated Newton method, on features that are centred and, where there are
 * fewer clips than dimensions, rotated into the span of the clips; neither changes the optimum. `published` is what the NOSS
 * code ran: L-BFGS from zero for at most 100 iterations, which at C = 1e5 stops far from the optimum and acts as early
 * stopping.
 */

import { type Matrix, matrix, multiply, toFloat32 } from '../../linear-algebra/matrix-product.js';
import { spanCoordinates } from '../../linear-algebra/span-coordinates.js';
import { largestMagnitude } from '../../linear-algebra/vectors.js';
import { exactProducts, type FeatureProducts, fastProducts } from './feature-products.js';
import { minimise, type Objective, type SearchResult } from './lbfgs.js';
import { balancedWeights, type Classifier, type LabelledRows, type Probe, softmaxRows } from './probe.js';
import { RegressionObjective } from './regression-objective.js';
import { SoftmaxLoss } from './softmax-loss.js';
import { minimiseByNewton } from './truncated-newton.js';

export interface LogisticRegressionOptions {
  /** Inverse strength of the L2 penalty; 1e5 in the published protocol. */
  readonly c?: number;
  /** Whether rare classes count as much as common ones. */
  readonly weights?: 'equal' | 'balanced';
  readonly solver?: 'converged' | 'published';
}

export interface LogisticRegression extends Classifier {
  /** [classes, dimensions]. */
  readonly coefficients: Matrix;
  readonly intercepts: Float64Array;
  /** Its `value` is 0.5 |W|^2 + C * weighted cross-entropy. */
  readonly report: SearchResult;
}

export function logisticRegression(options: LogisticRegressionOptions = {}): Probe {
  const { c = 1e5, weights = 'equal', solver = 'converged' } = options;
  const parts = ['logistic regression', `C=${c}`, ...(weights === 'balanced' ? ['balanced'] : [])];
  return {
    name: [...parts, ...(solver === 'published' ? ['100 iterations'] : [])].join(', '),
    invariance: 'rotation',
    fit: (train) => fitLogisticRegression(train, options),
  };
}

/** Converged when the Newton step promises a decrease under this share of the objective. */
const TOLERANCE = 1e-9;

export async function fitLogisticRegression(
  { features, labels, classes }: LabelledRows,
  { c = 1e5, weights = 'equal', solver = 'converged' }: LogisticRegressionOptions = {},
): Promise<LogisticRegression> {
  const byClass =
    weights === 'balanced' ? balancedWeights(labels, classes) : new Float64Array(classes).fill(1);
  const clipWeights = Float64Array.from({ length: features.rows }, (_, row) => c * byClass[labels[row]]);
  const loss = new SoftmaxLoss(labels, clipWeights, classes);
  if (solver === 'converged') return fitConverged(features, loss);
  const isLarge = features.rows * (features.columns + 1) * classes >= WORTH_FLOAT32;
  return fitPublished(features, loss, isLarge ? 'float32' : 'float64');
}

async function fitConverged(features: Matrix, loss: SoftmaxLoss): Promise<LogisticRegression> {
  const means = columnMeans(features);
  const centred = minusRow(features, means);
  const rotation = features.rows < features.columns ? await spanCoordinates(centred) : undefined;
  const inputs = withOnes(rotation?.coordinates ?? centred);
  const objective = new RegressionObjective(exactProducts(inputs, loss.classes), loss, inputs.columns);
  const result = await minimiseByNewton(objective, inputs, loss, TOLERANCE);
  const { coefficients, intercepts } = partsOf(objective.point, inputs.columns, loss.classes);
  const inDimensions = rotation ? await rotation.back(coefficients) : coefficients;
  const shift = await multiply(inDimensions, matrix(1, means.length, means), 'right');
  return classifier(
    inDimensions,
    intercepts.map((intercept, label) => intercept - shift.data[label]),
    result,
  );
}

/** Multiplications in a product of all features from which the published iterations start in float32. */
const WORTH_FLOAT32 = 30_000_000;

/** Decreases under this share of the objective are too fine for float32. */
const FINE = 1e-5;

/** Begins with products in this precision, and ends in float64. */
export async function fitPublished(
  features: Matrix,
  loss: SoftmaxLoss,
  precision: 'float32' | 'float64',
): Promise<LogisticRegression> {
  const inputs = withOnes(features);
  const exact = exactProducts(inputs, loss.classes);
  let products: FeatureProducts =
    precision === 'float32' ? await fastProducts(toFloat32(inputs), loss.classes) : exact;
  const objective = new RegressionObjective(products, loss, inputs.columns);
  let before = Number.POSITIVE_INFINITY;
  const refining: Objective = {
    along: (direction) => objective.along(direction),
    move: (step) => objective.move(step),
    async evaluate() {
      const found = await objective.evaluate();
      const isTooFine = before - found.value <= FINE * found.value;
      before = found.value;
      if (products === exact || !isTooFine) return found;
      await products.close();
      products = exact;
      await objective.use(exact);
      return objective.evaluate();
    },
  };
  try {
    const result = await minimise(refining, {
      memory: 10,
      maximumIterations: 100,
      // scipy's stops: largest gradient 1e-4, or a relative decrease under 1e7 epsilon.
      done: ({ iteration, value, previousValue, gradient }) =>
        largestMagnitude(gradient) <= 1e-4 ||
        (iteration > 0 && previousValue - value <= 1e7 * Number.EPSILON * Math.max(previousValue, value, 1)),
    });
    const { coefficients, intercepts } = partsOf(objective.point, inputs.columns, loss.classes);
    return classifier(coefficients, intercepts, result);
  } finally {
    await products.close();
  }
}

function classifier(
  coefficients: Matrix,
  intercepts: Float64Array,
  result: SearchResult,
): LogisticRegression {
  return {
    coefficients,
    intercepts,
    report: result,
    async probabilities(features) {
      const scores = await multiply(features, coefficients, 'right');
      for (let i = 0; i < scores.data.length; )
        for (let label = 0; label < intercepts.length; label++) scores.data[i++] += intercepts[label];
      softmaxRows(scores);
      return scores;
    },
  };
}

/** Weights [classes, columns] of which the last column are the intercepts. */
function partsOf(point: Float64Array, columns: number, classes: number) {
  const coefficients = matrix(classes, columns - 1);
  const intercepts = new Float64Array(classes);
  for (let label = 0; label < classes; label++) {
    const own = point.subarray(label * columns, (label + 1) * columns);
    coefficients.data.set(own.subarray(0, columns - 1), label * (columns - 1));
    intercepts[label] = own[columns - 1];
  }
  return { coefficients, intercepts };
}

function withOnes({ rows, columns, data }: Matrix): Matrix {
  const result = matrix(rows, columns + 1);
  for (let row = 0; row < rows; row++) {
    const start = row * (columns + 1);
    result.data.set(data.subarray(row * columns, (row + 1) * columns), start);
    result.data[start + columns] = 1;
  }
  return result;
}

function columnMeans({ rows, columns, data }: Matrix): Float64Array {
  const means = new Float64Array(columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) means[column] += data[row * columns + column] / rows;
  return means;
}

function minusRow({ rows, columns, data }: Matrix, means: Float64Array): Matrix {
  const result = matrix(rows, columns);
  for (let row = 0, i = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, i++) result.data[i] = data[i] - means[column];
  return result;
}
