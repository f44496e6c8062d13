/**
 * What logistic regression minimises: 0.5 |W|^2 plus the weighted cross-entropy, over weights [classes, columns] of which the last
 * column, the intercepts, is not penalised; features have a last column of ones.
 */
import { addScaled, dot } from '../../linear-algebra/vectors.js';
import type { FeatureProducts } from './feature-products.js';
import type { Objective } from './lbfgs.js';
import type { Point } from './line-search.js';
import type { SoftmaxLoss } from './softmax-loss.js';

export class RegressionObjective implements Objective {
  readonly point: Float64Array;
  /** Probabilities at the current point, [classes, clips]. */
  probabilities: Float64Array;
  readonly #loss: SoftmaxLoss;
  readonly #columns: number;
  #products: FeatureProducts;
  #logits: Float64Array;
  /** Cross-entropy of the current point. */
  #crossEntropy: number;
  /** How logits and penalty change along the last direction. */
  #direction: Float64Array;
  #change: Float64Array;
  /** What was tried last along it. */
  #tried: { step: number; crossEntropy: number; probabilities: Float64Array };
  readonly #residual: Float64Array;

  /** Starts from zero. */
  constructor(products: FeatureProducts, loss: SoftmaxLoss, columns: number) {
    this.#products = products;
    this.#loss = loss;
    this.#columns = columns;
    const size = loss.classes * loss.clips;
    this.point = new Float64Array(loss.classes * columns);
    this.#direction = this.point;
    this.#logits = new Float64Array(size);
    this.#change = new Float64Array(size);
    this.#residual = new Float64Array(size);
    this.probabilities = new Float64Array(size);
    this.#tried = { step: Number.NaN, crossEntropy: 0, probabilities: new Float64Array(size) };
    this.#crossEntropy = loss.evaluate(this.#logits, this.#change, 0, this.probabilities);
  }

  /** Goes on with other products of the same features. */
  async use(products: FeatureProducts): Promise<void> {
    this.#products = products;
    this.#logits = (await products.logits(this.point)).slice();
    this.#crossEntropy = this.#loss.evaluate(this.#logits, this.#change, 0, this.probabilities);
  }

  async evaluate(): Promise<{ value: number; gradient: Float64Array }> {
    this.#loss.gradient(this.probabilities, this.#residual);
    const gradient = await this.#products.sums(this.#residual);
    addScaled(gradient, 1, this.penalised(this.point));
    return { value: this.#crossEntropy + 0.5 * this.#penaltyProduct(this.point, this.point), gradient };
  }

  async along(direction: Float64Array): Promise<(step: number) => Point> {
    this.#direction = direction;
    this.#change = await this.#products.logits(direction);
    this.#tried.step = Number.NaN;
    const constant = this.#penaltyProduct(this.point, this.point);
    const linear = this.#penaltyProduct(this.point, direction);
    const square = this.#penaltyProduct(direction, direction);
    return (step) => {
      const value = this.#try(step) + 0.5 * (constant + 2 * step * linear + step * step * square);
      this.#loss.gradient(this.#tried.probabilities, this.#residual);
      return { value, slope: dot(this.#residual, this.#change) + linear + step * square };
    };
  }

  move(step: number): void {
    if (step !== this.#tried.step) this.#try(step);
    addScaled(this.point, step, this.#direction);
    addScaled(this.#logits, step, this.#change);
    const { crossEntropy, probabilities } = this.#tried;
    this.#tried = { step: Number.NaN, crossEntropy, probabilities: this.probabilities };
    this.probabilities = probabilities;
    this.#crossEntropy = crossEntropy;
  }

  /** The part of weights or of a direction that is penalised: all but the intercepts, which become zero. */
  penalised(weights: Float64Array): Float64Array {
    const result = weights.slice();
    for (let i = this.#columns - 1; i < result.length; i += this.#columns) result[i] = 0;
    return result;
  }

  #penaltyProduct(a: Float64Array, b: Float64Array): number {
    let product = dot(a, b);
    for (let i = this.#columns - 1; i < a.length; i += this.#columns) product -= a[i] * b[i];
    return product;
  }

  #try(step: number): number {
    const tried = this.#tried;
    tried.crossEntropy = this.#loss.evaluate(this.#logits, this.#change, step, tried.probabilities);
    tried.step = step;
    return tried.crossEntropy;
  }
}
