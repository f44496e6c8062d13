/** Ordinary least squares by Householder QR, with standard errors. Golub & Van Loan, Matrix Computations, 5.3. */
import { InputError } from 'frill-audio';

export interface Regression {
  readonly names: readonly string[];
  readonly weights: readonly number[];
  /** sqrt(diag((A'A)^-1) RSS / (n - p)); NaN where nothing is left to estimate it from (n = p). */
  readonly standardErrors: readonly number[];
  /** 1 - RSS / total sum of squares about the mean. */
  readonly rSquared: number;
  readonly residualStandardDeviation: number;
  readonly degreesOfFreedom: number;
}

/**
 * Fits `target ~ columns` (give the intercept as a column of ones). Throws InputError when there are fewer rows than columns or
 * a column is a linear combination of others.
 */
export function leastSquares(
  columns: ReadonlyMap<string, readonly number[]>,
  target: readonly number[],
): Regression {
  const names = [...columns.keys()];
  const rows = target.length;
  const width = names.length;
  requireRows(rows, names);
  const a = [...columns.values()].map((column) => Float64Array.from(column));
  const y = Float64Array.from(target);

  // Householder: after column k, a[k][k] holds R's diagonal, a[j][k] (j > k) its row; y becomes Q'y.
  for (let k = 0; k < width; k++) {
    const norm = Math.hypot(...a[k].subarray(k));
    const scale = Math.hypot(...columns.get(names[k])!);
    if (norm <= 1e-10 * scale || norm === 0)
      throw new InputError({
        what: `the weight of ${names[k]} cannot be told from those of the others`,
        where: 'regression',
        remedy: 'Choose students in which it varies by itself',
      });
    const alpha = a[k][k] > 0 ? -norm : norm;
    const reflector = a[k].slice(k);
    reflector[0] -= alpha;
    const square = reflector.reduce((sum, value) => sum + value * value, 0);
    for (const vector of [...a.slice(k), y]) {
      let dot = 0;
      for (let i = k; i < rows; i++) dot += reflector[i - k] * vector[i];
      for (let i = k; i < rows; i++) vector[i] -= (2 * dot * reflector[i - k]) / square;
    }
  }

  const weights = backSubstitute(a, y.subarray(0, width));
  const residualSquares = y.subarray(width).reduce((sum, value) => sum + value * value, 0);
  const mean = target.reduce((sum, value) => sum + value, 0) / rows;
  const totalSquares = target.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const degreesOfFreedom = rows - width;
  const variance = residualSquares / degreesOfFreedom;

  // diag((R'R)^-1)[j] is the squared length of row j of R^-1; column k of R^-1 solves R x = e_k.
  const squaredRows = new Float64Array(width);
  for (let k = 0; k < width; k++) {
    const unit = new Float64Array(width);
    unit[k] = 1;
    for (const [j, value] of backSubstitute(a, unit).entries()) squaredRows[j] += value * value;
  }
  return {
    names,
    weights: [...weights],
    standardErrors: Array.from(squaredRows, (square) =>
      degreesOfFreedom > 0 ? Math.sqrt(square * variance) : Number.NaN,
    ),
    rSquared: totalSquares > 0 ? 1 - residualSquares / totalSquares : Number.NaN,
    residualStandardDeviation: degreesOfFreedom > 0 ? Math.sqrt(variance) : Number.NaN,
    degreesOfFreedom,
  };
}

/** Throws InputError when so many weights cannot be told from so few rows. */
export function requireRows(rows: number, names: readonly string[]): void {
  if (rows >= names.length) return;
  throw new InputError({
    what: `${rows} models cannot determine ${names.length} weights (${names.join(', ')})`,
    where: 'regression',
  });
}

/** Solves R x = b for the upper triangle kept in `columns`. */
function backSubstitute(columns: readonly Float64Array[], b: Float64Array): Float64Array {
  const x = Float64Array.from(b);
  for (let j = x.length - 1; j >= 0; j--) {
    x[j] /= columns[j][j];
    for (let i = 0; i < j; i++) x[i] -= columns[j][i] * x[j];
  }
  return x;
}
