/** What every probe does: a simple classifier on frozen embeddings, fitted on the train side. */
import type { Matrix } from '../../linear-algebra/matrix-product.js';

/** Embeddings as rows; row i belongs to class `labels[i]` in [0, classes). Every class has at least one row. */
export interface LabelledRows {
  readonly features: Matrix;
  readonly labels: ArrayLike<number>;
  readonly classes: number;
}

/** How a fit by iterations ended. */
export interface FitReport {
  readonly iterations: number;
  /** Largest component of the gradient of what is minimised. */
  readonly gradientNorm: number;
  readonly stopped: 'done' | 'iterations' | 'precision';
}

export interface Classifier {
  /** How fitting ended; absent where the fit is in closed form. */
  readonly report?: FitReport;
  /** Class probabilities, [rows, classes]. */
  probabilities(features: Matrix): Promise<Matrix>;
}

export interface Probe {
  readonly name: string;
  /** What can be done to all embeddings alike without changing what is predicted. */
  readonly invariance: 'rotation' | 'none';
  fit(train: LabelledRows): Promise<Classifier>;
}

/** Index of the largest value of each row; the first of equals. */
export function decisions({ rows, columns, data }: Matrix): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => {
    let best = 0;
    for (let column = 1; column < columns; column++)
      if (data[row * columns + column] > data[row * columns + best]) best = column;
    return best;
  });
}

/** Turns each row of decision values into probabilities, in place: exp, normalised. */
export function softmaxRows({ rows, columns, data }: Matrix): void {
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = start; i < start + columns; i++) largest = Math.max(largest, data[i]);
    let sum = 0;
    for (let i = start; i < start + columns; i++) sum += data[i] = Math.exp(data[i] - largest);
    for (let i = start; i < start + columns; i++) data[i] /= sum;
  }
}

/** `n / (classes * count)` of each class: rare classes count as much as common ones. */
export function balancedWeights(labels: ArrayLike<number>, classes: number): Float64Array {
  const counts = new Float64Array(classes);
  for (let i = 0; i < labels.length; i++) counts[labels[i]]++;
  return counts.map((count) => labels.length / (classes * count));
}
