/**
 * Eigenvectors of a symmetric matrix: Householder reduction to tridiagonal form, then implicit QL steps (Golub & Van Loan, "Matrix
 * Computations", sections 8.3.1 and 8.3.3). O(n^3) with a small constant, where the Jacobi rotations of `svd` would take many sweeps.
 */
import type { Tensor } from './tensor.js';
import { tensor } from './tensor.js';

export interface SymmetricEigen {
  /** [n], descending; exact to the rounding of the largest. */
  readonly values: Float64Array;
  /** [n, n]; column k is the unit vector that belongs to value k. */
  readonly vectors: Tensor;
}

const MOST_STEPS = 60;

/** Eigenvalues and eigenvectors of a symmetric [n, n] matrix, of which the lower triangle alone is read. */
export function symmetricEigen({ shape: [n], data }: Tensor): SymmetricEigen {
  // Row i of `rows` becomes eigenvector i: rotations then run along contiguous memory.
  const { rows, diagonal, offDiagonal } = tridiagonal(data, n);
  // Couplings below the rounding of the whole are none: in a matrix of low rank nothing nearby is larger.
  const norm = diagonal.reduce(
    (most, value, i) => Math.max(most, Math.abs(value) + Math.abs(offDiagonal[i])),
    0,
  );
  for (let low = 0; low < n; low++)
    for (let step = 0; ; step++) {
      let high = low;
      while (high < n - 1 && Math.abs(offDiagonal[high]) > Number.EPSILON * norm) high++;
      if (high === low) break;
      if (step === MOST_STEPS) throw new Error('symmetricEigen: no convergence; is the matrix finite?');
      implicitStep(diagonal, offDiagonal, rows, low, high);
    }
  const order = [...diagonal.keys()].sort((a, b) => diagonal[b] - diagonal[a]);
  const vectors = tensor([n, n]);
  for (const [column, from] of order.entries())
    for (let i = 0; i < n; i++) vectors.data[i * n + column] = rows[from][i];
  return { values: Float64Array.from(order, (from) => diagonal[from]), vectors };
}

/** Q' A Q = T. `rows` are the columns of Q; `offDiagonal[i]` couples i and i + 1. */
function tridiagonal(data: Float64Array, n: number) {
  const a = Array.from({ length: n }, (_, i) =>
    Float64Array.from({ length: n }, (_, j) => data[Math.max(i, j) * n + Math.min(i, j)]),
  );
  const reflectors: Float64Array[] = [];
  const offDiagonal = new Float64Array(n);
  for (let k = 0; k < n - 2; k++) {
    const v = new Float64Array(n);
    let square = 0;
    for (let i = k + 1; i < n; i++) {
      v[i] = a[i][k];
      square += v[i] ** 2;
    }
    const length = Math.sqrt(square);
    const first = v[k + 1];
    offDiagonal[k] = first > 0 ? -length : length;
    v[k + 1] -= offDiagonal[k];
    const size = Math.sqrt(Math.max(0, square - first ** 2 + v[k + 1] ** 2));
    if (size > 0) for (let i = k + 1; i < n; i++) v[i] /= size;
    reflectors.push(v);
    // A := (1 - 2 v v') A (1 - 2 v v') = A - v w' - w v', with w = 2 (p - (v'p) v) and p = A v.
    const w = new Float64Array(n);
    let along = 0;
    for (let i = k + 1; i < n; i++) {
      const row = a[i];
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += row[j] * v[j];
      w[i] = sum;
      along += sum * v[i];
    }
    for (let i = k + 1; i < n; i++) w[i] = 2 * (w[i] - along * v[i]);
    for (let i = k + 1; i < n; i++) {
      const [row, vi, wi] = [a[i], v[i], w[i]];
      for (let j = k + 1; j < n; j++) row[j] -= vi * w[j] + wi * v[j];
    }
  }
  if (n > 1) offDiagonal[n - 2] = a[n - 1][n - 2];
  const diagonal = Float64Array.from({ length: n }, (_, i) => a[i][i]);
  const rows = Array.from({ length: n }, (_, i) => {
    const unit = new Float64Array(n);
    unit[i] = 1;
    return unit;
  });
  // Column i of Q is H0 H1 ... applied to unit vector i, the last reflector first.
  for (const row of rows)
    for (let k = reflectors.length - 1; k >= 0; k--) {
      const v = reflectors[k];
      let sum = 0;
      for (let i = k + 1; i < n; i++) sum += row[i] * v[i];
      for (let i = k + 1; i < n; i++) row[i] -= 2 * sum * v[i];
    }
  return { rows, diagonal, offDiagonal };
}

/** One QL step with Wilkinson's shift on the block from `low` to `high`; the rotations are applied to the eigenvectors too. */
function implicitStep(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  rows: readonly Float64Array[],
  low: number,
  high: number,
): void {
  const half = (diagonal[low + 1] - diagonal[low]) / (2 * offDiagonal[low]);
  const root = Math.hypot(half, 1);
  let g = diagonal[high] - diagonal[low] + offDiagonal[low] / (half + (half < 0 ? -root : root));
  let sine = 1;
  let cosine = 1;
  let shift = 0;
  for (let i = high - 1; i >= low; i--) {
    const f = sine * offDiagonal[i];
    const b = cosine * offDiagonal[i];
    const r = Math.hypot(f, g);
    offDiagonal[i + 1] = r;
    if (r === 0) {
      diagonal[i + 1] -= shift;
      offDiagonal[high] = 0;
      return;
    }
    sine = f / r;
    cosine = g / r;
    const rest = diagonal[i + 1] - shift;
    const turned = (diagonal[i] - rest) * sine + 2 * cosine * b;
    shift = sine * turned;
    diagonal[i + 1] = rest + shift;
    g = cosine * turned - b;
    const [upper, lower] = [rows[i], rows[i + 1]];
    for (let k = 0; k < upper.length; k++) {
      const held = lower[k];
      lower[k] = sine * upper[k] + cosine * held;
      upper[k] = cosine * upper[k] - sine * held;
    }
  }
  diagonal[low] -= shift;
  offDiagonal[low] = g;
  offDiagonal[high] = 0;
}
