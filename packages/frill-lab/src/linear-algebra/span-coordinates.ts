/**
 * Rows in an orthonormal basis of their own span. All lengths and angles stay, so whatever depends on the rows through
 * X X' alone, as L2-penalised linear classifiers do, finds the same optimum in fewer dimensions.
 */
import { addToDiagonal, inverseFactor } from './inverse-factor.js';
import { type Matrix, multiply } from './matrix-product.js';

export interface SpanCoordinates {
  /** F with F F' = X X', [rows, rows]. */
  readonly coordinates: Matrix;
  /** Other rows as the basis sees them, [n, rows]; what lies outside the span is lost. */
  of(others: Matrix): Promise<Matrix>;
  /** Weights of the original dimensions, [k, columns], from those of the coordinates, [k, rows]: V F^-1 X. */
  back(weights: Matrix): Promise<Matrix>;
}

/** Worth its cost where there are fewer rows than columns. */
export async function spanCoordinates(rows: Matrix): Promise<SpanCoordinates> {
  const gram = await multiply(rows, rows, 'right');
  // Dependent rows, as centred ones are: a jitter of rounding's size makes the factorisation possible.
  addToDiagonal(gram, 1e-13 * addToDiagonal(gram, 0) + Number.MIN_VALUE);
  const inverse = await inverseFactor(gram);
  return {
    coordinates: await multiply(gram, inverse, 'right'),
    of: async (others) => multiply(await multiply(others, rows, 'right'), inverse, 'right'),
    back: async (weights) => multiply(await multiply(weights, inverse), rows),
  };
}
