/**
 * Truncated Newton for logistic regression (Nocedal & Wright, Numerical Optimization, algorithm 7.1): value, gradient and steps
 * in float64; each Newton equation solved roughly by conjugate gradients, whose many products run in float32.
 *
 * Float32 is enough there because the equation is solved in whitened coordinates, in which the Hessian is near the identity:
 * with w the clips' mean curvature over the classes and F (P + X' diag(w) X) F' = 1, P being the penalty, the whitened features
 * are Y = X F' and the Hessian is 1 + Y' (S - w) Y, S being the curvature of the softmax itself.
 */

import { addToDiagonal, inverseFactor } from '../../linear-algebra/inverse-factor.js';
import { type Matrix, matrix, multiply, toFloat32, toFloat64 } from '../../linear-algebra/matrix-product.js';
import { addScaled, dot, largestMagnitude, scale } from '../../linear-algebra/vectors.js';
import { exactProducts, type FeatureProducts, fastProducts } from './feature-products.js';
import type { SearchResult } from './lbfgs.js';
import { wolfeStep } from './line-search.js';
import type { RegressionObjective } from './regression-objective.js';
import type { SoftmaxLoss } from './softmax-loss.js';

/** Conjugate gradients end when the residual has fallen to this share. */
const FORCING = 0.2;
const MOST_INNER_ITERATIONS = 200;
const MOST_ITERATIONS = 200;

/**
 * Goes from the objective's current point to its minimum. Converged when the gradient, in the metric of the Hessian, promises
 * a decrease under `tolerance` times the value: the Newton decrement of Boyd & Vandenberghe, Convex Optimization, 9.5.
 */
export async function minimiseByNewton(
  objective: RegressionObjective,
  features: Matrix,
  loss: SoftmaxLoss,
  tolerance: number,
): Promise<SearchResult> {
  let whitened: Whitened | undefined;
  try {
    let hasConverged = false;
    for (let iteration = 0; ; iteration++) {
      const { value, gradient } = await objective.evaluate();
      const finish = (stopped: SearchResult['stopped']) => ({
        iterations: iteration,
        value,
        gradientNorm: largestMagnitude(gradient),
        stopped,
      });
      if (hasConverged) return finish('done');
      if (iteration === MOST_ITERATIONS) return finish('iterations');
      if (!whitened?.isWorthKeeping()) {
        await whitened?.products.close();
        whitened = await whiten(features, loss, objective.probabilities);
      }
      const direction = await whitened.newtonDirection(gradient, objective.probabilities);
      const slope = dot(gradient, direction);
      hasConverged = -slope <= 2 * tolerance * value;
      const step = slope < 0 ? wolfeStep(await objective.along(direction), { value, slope }, 1) : undefined;
      if (step !== undefined) objective.move(step);
      else if (!hasConverged) return finish('precision');
    }
  } finally {
    await whitened?.products.close();
  }
}

interface Whitened {
  readonly products: FeatureProducts;
  newtonDirection(gradient: Float64Array, probabilities: Float64Array): Promise<Float64Array>;
  /** False once conjugate gradients have cost about as much as whitening by the present curvature would. */
  isWorthKeeping(): boolean;
}

async function whiten(features: Matrix, loss: SoftmaxLoss, probabilities: Float64Array): Promise<Whitened> {
  const { classes } = loss;
  const curvature = loss.meanCurvature(probabilities);
  const inverse = await inverseRoot(features, curvature);
  const products = await fastProducts(await whitenedFeatures(features, inverse), classes);
  const factor = exactProducts(inverse.matrix, classes);
  const bent = new Float64Array(classes * features.rows);
  let innerIterations = 0;

  /** The Hessian times a direction, in whitened coordinates. */
  const curve = async (direction: Float64Array, probabilities: Float64Array) => {
    loss.curvature(probabilities, await products.logits(direction), curvature, bent);
    const result = await products.sums(bent);
    addScaled(result, 1, direction);
    return result;
  };
  return {
    products,
    isWorthKeeping: () => innerIterations < Math.max(10, features.columns / (4 * classes)),
    async newtonDirection(gradient, probabilities) {
      const residual = (await factor.logits(gradient)).slice();
      scale(residual, -1);
      const solution = new Float64Array(residual.length);
      const direction = residual.slice();
      const first = dot(residual, residual);
      let square = first;
      for (let inner = 0; inner < MOST_INNER_ITERATIONS && square > FORCING ** 2 * first; inner++) {
        const curved = await curve(direction, probabilities);
        const along = dot(direction, curved);
        // Flat to within float32's rounding: what has been found is a direction of descent.
        if (along <= 1e-6 * dot(direction, direction)) break;
        innerIterations++;
        addScaled(solution, square / along, direction);
        addScaled(residual, -square / along, curved);
        const next = dot(residual, residual);
        scale(direction, next / square);
        addScaled(direction, 1, residual);
        square = next;
      }
      return factor.sums(square === first ? direction : solution);
    },
  };
}

interface InverseRoot {
  readonly matrix: Matrix;
  readonly precision: 'float32' | 'float64';
}

/** Float32 whitens well enough where its rounding of the curvature stays under this share of the penalty. */
const FLOAT32_ROUNDING = 6e-8;
const HARMLESS = 0.1;

/** F with F (P + X' diag(curvature) X) F' = 1; the penalty P is 1 for all columns but the last. */
async function inverseRoot(features: Matrix, curvature: Float64Array): Promise<InverseRoot> {
  const weighted = scaleRows(features, curvature.map(Math.sqrt));
  const precision = FLOAT32_ROUNDING * dot(weighted.data, weighted.data) < HARMLESS ? 'float32' : 'float64';
  const hessian =
    precision === 'float32'
      ? await multiply(toFloat32(weighted), toFloat32(weighted), 'left').then(toFloat64)
      : await multiply(weighted, weighted, 'left');
  const trace = addToDiagonal(hessian, new Float64Array(hessian.rows).fill(1, 0, hessian.rows - 1));
  // Keeps the factorisation going where rounding exceeds the penalty.
  addToDiagonal(hessian, 1e-13 * trace + Number.MIN_VALUE);
  return { matrix: await inverseFactor(hessian), precision };
}

async function whitenedFeatures(features: Matrix, inverse: InverseRoot): Promise<Matrix<Float32Array>> {
  return inverse.precision === 'float32'
    ? multiply(toFloat32(features), toFloat32(inverse.matrix), 'right')
    : toFloat32(await multiply(features, inverse.matrix, 'right'));
}

function scaleRows({ rows, columns, data }: Matrix, factors: Float64Array): Matrix {
  const result = matrix(rows, columns);
  for (let row = 0, i = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, i++) result.data[i] = factors[row] * data[i];
  return result;
}
