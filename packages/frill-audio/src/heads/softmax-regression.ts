/**
 * Multinomial logistic regression from a handful of examples: the minimum over weights W and unpenalised intercepts b of
 *
 *     0.5 |W|^2 + C sum_i -log softmax(W x_i + b)[y_i]
 *
 * as scikit-learn defines it. Examples are usually fewer than the values of a vector, and the best W mixes them, W = A^T X. So
 * Newton's method moves the n x classes numbers of A alone and meets the examples only in their inner products K = X X^T: the
 * kernel form of the problem (Zhu & Hastie 2005). Its linear systems are solved by conjugate gradients.
 */
import { dot } from './similarity.js';

export interface SoftmaxRegression {
  /** [classes, width]. */
  readonly weights: Float64Array;
  /** [classes]. */
  readonly intercepts: Float64Array;
}

export interface LabelledVectors {
  /** Vectors of equal width. */
  readonly vectors: readonly Float64Array[];
  /** Class of each vector, in [0, classes). */
  readonly labels: readonly number[];
  readonly classes: number;
}

/** Converged when a Newton step promises a decrease under this share of the objective. */
const TOLERANCE = 1e-10;
const NEWTON_STEPS = 100;
/** Conjugate gradients stop at this share of the gradient. */
const RESIDUAL = 1e-2;

/** The optimum, to about ten digits of the objective. n examples take n^2 numbers, and n^2 classes operations an iteration. */
export function softmaxRegression(
  { vectors, labels, classes }: LabelledVectors,
  c: number,
): SoftmaxRegression {
  // Centring changes nothing but the intercepts, and makes the systems better conditioned.
  const mean = meanOf(vectors);
  const centred = vectors.map((vector) => vector.map((value, at) => value - mean[at]));
  const space = new MixtureSpace(innerProducts(centred), classes);
  const { mixture, intercepts } = minimise(space, labels, c);
  const weights = new Float64Array(classes * mean.length);
  for (let k = 0; k < classes; k++) {
    const own = weights.subarray(k * mean.length, (k + 1) * mean.length);
    for (const [i, vector] of centred.entries()) addScaled(own, vector, mixture[i * classes + k]);
    intercepts[k] -= dot(own, mean);
  }
  return { weights, intercepts };
}

/** Weights and intercepts, or a direction to move them in. */
interface Point {
  /** A, [examples, classes]: how much of each example is in the weights of each class. */
  readonly mixture: Float64Array;
  /** K A, [examples, classes]: what these weights say of the examples. */
  readonly scores: Float64Array;
  readonly intercepts: Float64Array;
}

class MixtureSpace {
  constructor(
    private readonly products: readonly Float64Array[],
    readonly classes: number,
  ) {}

  get origin(): Point {
    return this.point(new Float64Array(this.products.length * this.classes), new Float64Array(this.classes));
  }

  point(mixture: Float64Array, intercepts: Float64Array): Point {
    const { classes, products } = this;
    const scores = new Float64Array(mixture.length);
    for (const [i, row] of products.entries())
      for (let j = 0; j < row.length; j++)
        for (let k = 0; k < classes; k++) scores[i * classes + k] += row[j] * mixture[j * classes + k];
    return { mixture, scores, intercepts };
  }
}

function minimise(space: MixtureSpace, labels: readonly number[], c: number): Point {
  let point = space.origin;
  let { value, probabilities } = evaluate(point, labels, c);
  for (let step = 0; step < NEWTON_STEPS; step++) {
    const gradient = gradientAt(space, point, probabilities, labels, c);
    const direction = newtonDirection(space, gradient, probabilities, c);
    const slope = inner(gradient, direction);
    if (-slope <= TOLERANCE * value) break;
    // Halved until the decrease is a fair part of what the slope promises (Armijo).
    for (let length = 1; length > 1e-9; length /= 2) {
      const trial = moved(point, direction, length);
      const found = evaluate(trial, labels, c);
      if (found.value > value + 1e-4 * length * slope) continue;
      point = trial;
      ({ value, probabilities } = found);
      break;
    }
  }
  return point;
}

/** The objective, and the probability of every class for every example. */
function evaluate({ mixture, scores, intercepts }: Point, labels: readonly number[], c: number) {
  const classes = intercepts.length;
  const probabilities = scores.map((score, at) => score + intercepts[at % classes]);
  let value = 0.5 * dot(mixture, scores);
  for (const [i, label] of labels.entries()) {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    value -= c * row[label];
    value += c * softmax(row);
  }
  return { value, probabilities };
}

function gradientAt(
  space: MixtureSpace,
  { mixture }: Point,
  probabilities: Float64Array,
  labels: readonly number[],
  c: number,
): Point {
  const errors = probabilities.map((probability) => c * probability);
  for (const [i, label] of labels.entries()) errors[i * space.classes + label] -= c;
  const gradient = mixture.map((share, at) => share + errors[at]);
  return space.point(gradient, columnSums(errors, space.classes));
}

/** Minus the inverse Hessian times the gradient, roughly, by conjugate gradients. */
function newtonDirection(
  space: MixtureSpace,
  gradient: Point,
  probabilities: Float64Array,
  c: number,
): Point {
  let solution = space.origin;
  let residual = moved(space.origin, gradient, -1);
  let search = residual;
  let length = inner(residual, residual);
  const enough = RESIDUAL ** 2 * length;
  for (let step = 0; step < 2 * probabilities.length && length > enough; step++) {
    const bent = curvature(space, search, probabilities, c);
    const rate = length / inner(search, bent);
    solution = moved(solution, search, rate);
    residual = moved(residual, bent, -rate);
    const before = length;
    length = inner(residual, residual);
    search = moved(residual, search, length / before);
  }
  return solution;
}

/** The Hessian times a direction. */
function curvature(space: MixtureSpace, direction: Point, probabilities: Float64Array, c: number): Point {
  const { classes } = space;
  const change = direction.scores.map((score, at) => score + direction.intercepts[at % classes]);
  for (let start = 0; start < change.length; start += classes) {
    const row = change.subarray(start, start + classes);
    const own = probabilities.subarray(start, start + classes);
    const average = dot(own, row);
    for (let k = 0; k < classes; k++) row[k] = c * own[k] * (row[k] - average);
  }
  const mixture = direction.mixture.map((share, at) => share + change[at]);
  return space.point(mixture, columnSums(change, classes));
}

/** The inner product of weights and intercepts, not of the mixtures that stand for them. */
function inner(a: Point, b: Point): number {
  return dot(a.mixture, b.scores) + dot(a.intercepts, b.intercepts);
}

function moved(point: Point, direction: Point, length: number): Point {
  const along = (part: keyof Point) => point[part].map((value, at) => value + length * direction[part][at]);
  return { mixture: along('mixture'), scores: along('scores'), intercepts: along('intercepts') };
}

/** Turns scores into probabilities in place; returns log sum exp. */
export function softmax(scores: Float64Array): number {
  const largest = scores.reduce((a, b) => Math.max(a, b));
  let sum = 0;
  for (const [k, score] of scores.entries()) sum += scores[k] = Math.exp(score - largest);
  for (let k = 0; k < scores.length; k++) scores[k] /= sum;
  return largest + Math.log(sum);
}

function addScaled(sum: Float64Array, vector: Float64Array, scale: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] += scale * vector[i];
}

function meanOf(vectors: readonly Float64Array[]): Float64Array {
  const mean = new Float64Array(vectors[0].length);
  for (const vector of vectors) addScaled(mean, vector, 1 / vectors.length);
  return mean;
}

function innerProducts(vectors: readonly Float64Array[]): Float64Array[] {
  const products = vectors.map(() => new Float64Array(vectors.length));
  for (const [i, row] of products.entries())
    for (let j = 0; j <= i; j++) row[j] = products[j][i] = dot(vectors[i], vectors[j]);
  return products;
}

function columnSums(matrix: Float64Array, columns: number): Float64Array {
  const sums = new Float64Array(columns);
  for (let i = 0; i < matrix.length; i++) sums[i % columns] += matrix[i];
  return sums;
}
