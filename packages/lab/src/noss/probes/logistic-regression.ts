/**
 * Multinomial logistic regression: minimises 0.5 |W|^2 + C sum_i weight_i * cross-entropy_i over the weights and the unpenalised
 * intercepts, as scikit-learn defines it.
 *
 * `converged` (the default) goes to the optimum: L-BFGS with an approximate Newton matrix as preconditioner, on features
 * that are centred and, where there are fewer clips than dimensions, rotated into the span of the clips; neither
 * changes the optimum. `published` is what the NOSS code ran: plain L-BFGS from zero for at most 100 iterations, which at
 * C = 1e5 stops far from the optimum and acts as early stopping.
 */
import { addToDiagonal, inverseFactor, solve } from '../linear-algebra/inverse-factor.js';
import { type Matrix, matrix, multiply } from '../linear-algebra/matrix-product.js';
import { spanCoordinates } from '../linear-algebra/span-coordinates.js';
import { dot, type LbfgsResult, minimise, type Objective } from './lbfgs.js';
import { balancedWeights, type Classifier, type LabelledRows, type Probe, softmaxRows } from './probe.js';

export interface LogisticRegressionOptions {
  /** Inverse strength of the L2 penalty; 1e5 in the published protocol. */
  readonly c?: number;
  /** Whether rare classes count as much as common ones. */
  readonly weights?: 'equal' | 'balanced';
  readonly solver?: 'converged' | 'published';
}

/** How the fit ended. */
export interface FitReport extends LbfgsResult {
  /** 0.5 |W|^2 + C * weighted cross-entropy. */
  readonly objective: number;
}

export interface LogisticRegression extends Classifier {
  /** [dimensions, classes]. */
  readonly coefficients: Matrix;
  readonly intercepts: Float64Array;
  readonly report: FitReport;
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

/** Iterations after which the preconditioner is computed anew from the current probabilities. */
const REFRESH = 12;
/** Converged when the Newton step promises a decrease under this share of the objective. */
const TOLERANCE = 1e-9;

export async function fitLogisticRegression(
  { features, labels, classes }: LabelledRows,
  { c = 1e5, weights = 'equal', solver = 'converged' }: LogisticRegressionOptions = {},
): Promise<LogisticRegression> {
  const byClass =
    weights === 'balanced' ? balancedWeights(labels, classes) : new Float64Array(classes).fill(1);
  const clipWeights = Float64Array.from({ length: features.rows }, (_, row) => c * byClass[labels[row]]);
  if (solver === 'published') {
    const problem = new SoftmaxProblem(features, labels, classes, clipWeights);
    const result = await minimise(problem, {
      memory: 10,
      maximumIterations: 100,
      // scipy's stops: largest gradient 1e-4, or a relative decrease under 1e7 epsilon.
      done: ({ iteration, value, previousValue, gradient }) =>
        gradient.every((g) => Math.abs(g) <= 1e-4) ||
        (iteration > 0 && previousValue - value <= 1e7 * Number.EPSILON * Math.max(previousValue, value, 1)),
    });
    return classifier(problem.weights(), problem.intercepts(), { ...result, objective: result.value });
  }
  const means = columnMeans(features);
  const centred = minusRow(features, means);
  const rotation = features.rows < features.columns ? await spanCoordinates(centred) : undefined;
  const problem = new PreconditionedProblem(rotation?.coordinates ?? centred, labels, classes, clipWeights);
  const result = await minimise(problem, {
    memory: 10,
    maximumIterations: 2000,
    done: ({ value, decrement }) => decrement <= 2 * TOLERANCE * value,
  });
  const coefficients = rotation ? await rotation.back(problem.weights()) : problem.weights();
  const shift = await multiply(matrix(1, means.length, means), coefficients);
  const intercepts = problem.intercepts().map((intercept, label) => intercept - shift.data[label]);
  return classifier(coefficients, intercepts, { ...result, objective: result.value });
}

function classifier(coefficients: Matrix, intercepts: Float64Array, report: FitReport): LogisticRegression {
  return {
    coefficients,
    intercepts,
    report,
    async probabilities(features) {
      const scores = await multiply(features, coefficients);
      addToRows(scores.data, intercepts);
      softmaxRows(scores);
      return scores;
    },
  };
}

/** The objective over [weights; intercepts], [(dimensions + 1), classes] row-major. */
class SoftmaxProblem implements Objective {
  readonly features: Matrix;
  readonly clipWeights: Float64Array;
  protected readonly classes: number;
  readonly #labels: ArrayLike<number>;
  readonly #point: Float64Array;
  /** X W + b at the current point, and its change along the last direction. */
  #logits: Matrix;
  #logitChange: Matrix;
  #direction: Float64Array;
  /** Probabilities at the current point, as of the last `evaluate`. */
  protected current: Matrix;
  /** Probabilities and cross-entropy at the step that was tried last; NaN for none. */
  #tried: { step: number; loss: number; readonly probabilities: Matrix };
  /** C times the weighted cross-entropy at the current point. */
  #loss = 0;
  /** Work space of `evaluate`. */
  readonly #residual: Matrix;

  constructor(features: Matrix, labels: ArrayLike<number>, classes: number, clipWeights: Float64Array) {
    this.features = features;
    this.clipWeights = clipWeights;
    this.classes = classes;
    this.#labels = labels;
    this.#point = new Float64Array((features.columns + 1) * classes);
    this.#logits = matrix(features.rows, classes);
    this.#logitChange = matrix(features.rows, classes);
    this.#direction = this.#point;
    this.current = matrix(features.rows, classes);
    this.#residual = matrix(features.rows, classes);
    this.#tried = { step: Number.NaN, loss: 0, probabilities: matrix(features.rows, classes) };
    this.#tryStep(0);
    this.#accept();
  }

  weights(): Matrix {
    return weightRows(this.#point, this.features.columns, this.classes);
  }

  intercepts(): Float64Array {
    return this.#point.slice(this.features.columns * this.classes);
  }

  async evaluate(): Promise<{ value: number; gradient: Float64Array }> {
    const { features, classes } = this;
    const gradient = new Float64Array(this.#point.length);
    const ofWeights = weightRows(gradient, features.columns, classes);
    this.#fillResidual();
    await multiply(features, this.#residual, 'left', ofWeights);
    return { value: this.#addPenalty(ofWeights.data) + this.#loss, gradient: this.#addIntercepts(gradient) };
  }

  /** Derivatives of the loss by the logits. */
  #fillResidual(): void {
    const { classes, clipWeights } = this;
    const [probabilities, residual] = [this.current.data, this.#residual.data];
    for (let row = 0, i = 0; row < clipWeights.length; row++)
      for (let label = 0; label < classes; label++, i++)
        residual[i] = clipWeights[row] * (probabilities[i] - (label === this.#labels[row] ? 1 : 0));
  }

  /** Adds the penalty's derivative to that of the weights; returns the penalty. */
  #addPenalty(gradient: Float64Array): number {
    for (let i = 0; i < gradient.length; i++) gradient[i] += this.#point[i];
    const weights = this.#point.subarray(0, gradient.length);
    return 0.5 * dot(weights, weights);
  }

  #addIntercepts(gradient: Float64Array): Float64Array {
    const first = this.features.columns * this.classes;
    const residual = this.#residual.data;
    for (let i = 0; i < residual.length; )
      for (let at = first; at < gradient.length; ) gradient[at++] += residual[i++];
    return gradient;
  }

  async along(direction: Float64Array): Promise<(step: number) => { value: number; slope: number }> {
    const { features, classes } = this;
    this.#direction = direction;
    const towards = weightRows(direction, features.columns, classes);
    await multiply(features, towards, 'neither', this.#logitChange);
    const change = this.#logitChange.data;
    addToRows(change, direction.subarray(towards.data.length));
    const from = this.#point.subarray(0, towards.data.length);
    const constant = dot(from, from);
    const linear = dot(from, towards.data);
    const square = dot(towards.data, towards.data);
    return (step) => ({
      value: this.#tryStep(step) + 0.5 * (constant + 2 * step * linear + step * step * square),
      slope: this.#lossSlope() + linear + step * square,
    });
  }

  /** Derivative of the loss by the step, where it was tried last. */
  #lossSlope(): number {
    const { classes, clipWeights } = this;
    const [probabilities, change] = [this.#tried.probabilities.data, this.#logitChange.data];
    let slope = 0;
    for (let row = 0, i = 0; row < clipWeights.length; row++) {
      let expected = -change[i + this.#labels[row]];
      for (let label = 0; label < classes; label++, i++) expected += probabilities[i] * change[i];
      slope += clipWeights[row] * expected;
    }
    return slope;
  }

  move(step: number): void {
    if (step !== this.#tried.step) this.#tryStep(step);
    const logits = this.#logits.data;
    const change = this.#logitChange.data;
    for (let i = 0; i < this.#point.length; i++) this.#point[i] += step * this.#direction[i];
    for (let i = 0; i < logits.length; i++) logits[i] += step * change[i];
    this.#accept();
  }

  /** Takes what was tried last as the current point's. */
  #accept(): void {
    const { loss, probabilities } = this.#tried;
    this.#tried = { step: Number.NaN, loss, probabilities: this.current };
    this.current = probabilities;
    this.#loss = loss;
  }

  /** C times the cross-entropy at a step along the direction; leaves the probabilities there in `#tried`. */
  #tryStep(step: number): number {
    const { classes, clipWeights } = this;
    const [logits, change, into] = [
      this.#logits.data,
      this.#logitChange.data,
      this.#tried.probabilities.data,
    ];
    let loss = 0;
    for (let row = 0, start = 0; row < clipWeights.length; row++, start += classes) {
      const end = start + classes;
      let largest = Number.NEGATIVE_INFINITY;
      for (let i = start; i < end; i++) {
        const logit = logits[i] + step * change[i];
        into[i] = logit;
        if (logit > largest) largest = logit;
      }
      const own = into[start + this.#labels[row]] - largest;
      let sum = 0;
      for (let i = start; i < end; i++) sum += into[i] = Math.exp(into[i] - largest);
      for (let i = start; i < end; i++) into[i] /= sum;
      loss += clipWeights[row] * (Math.log(sum) - own);
    }
    this.#tried.step = step;
    this.#tried.loss = loss;
    return loss;
  }
}

/**
 * The same with the Hessian's main part as preconditioner: I + X' diag(w) X with the clip's mean p(1 - p) as w, one matrix for
 * all classes.
 */
class PreconditionedProblem extends SoftmaxProblem {
  #inverse: Matrix | undefined;
  #uses = 0;

  async precondition(gradient: Float64Array): Promise<Float64Array> {
    if (this.#inverse === undefined || this.#uses++ % REFRESH === 0) this.#inverse = await this.#factorise();
    return (await solve(this.#inverse, matrix(this.features.columns + 1, this.classes, gradient))).data;
  }

  async #factorise(): Promise<Matrix> {
    const weighted = this.#weightedFeatures();
    const hessian = await multiply(weighted, weighted, 'left');
    const penalty = new Float64Array(hessian.rows).fill(1, 0, hessian.rows - 1);
    const trace = addToDiagonal(hessian, penalty);
    // Keeps the factorisation going where rounding exceeds the penalty.
    addToDiagonal(hessian, 1e-13 * trace + Number.MIN_VALUE);
    return inverseFactor(hessian);
  }

  /** Features and a column of ones, each row times the root of its weight. */
  #weightedFeatures(): Matrix {
    const { features, classes, clipWeights } = this;
    const { rows, columns, data } = features;
    const probabilities = this.current.data;
    const weighted = matrix(rows, columns + 1);
    for (let row = 0, from = 0, to = 0; row < rows; row++) {
      let spread = 0;
      for (let i = row * classes; i < (row + 1) * classes; i++)
        spread += probabilities[i] * (1 - probabilities[i]);
      const root = Math.sqrt((clipWeights[row] * spread) / classes);
      for (let column = 0; column < columns; column++) weighted.data[to++] = root * data[from++];
      weighted.data[to++] = root;
    }
    return weighted;
  }
}

/** Adds the same values to each row. */
function addToRows(data: Float64Array, values: ArrayLike<number>): void {
  for (let i = 0; i < data.length; )
    for (let column = 0; column < values.length; column++) data[i++] += values[column];
}

function weightRows(point: Float64Array, dimensions: number, classes: number): Matrix {
  return matrix(dimensions, classes, point.subarray(0, dimensions * classes));
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
