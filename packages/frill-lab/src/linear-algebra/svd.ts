/**
 * Singular value decomposition of small dense matrices, to full float64 accuracy: the one-sided Jacobi method
 * (Hestenes, 1958; Golub & Van Loan, "Matrix Computations", 4th ed., section 8.6.3). It rotates pairs of columns until
 * all are orthogonal; their lengths are then the singular values. Work grows with columns^2 * rows * about 8 sweeps,
 * a second for [256, 256] and hours for [2048, 2048]: for those see `subspace-iteration.ts`.
 */

import { type Tensor, tensor } from '../tensor/tensor.js';
import { product, transpose } from './matrix.js';
import { dot } from './vectors.js';

/** `matrix = u diag(s) v^T` with r = min(rows, columns) values, largest first. */
export interface Svd {
  /** [rows, r]; a column of zeros where the singular value is zero. */
  readonly u: Tensor;
  /** [r], not negative, descending. */
  readonly s: Float64Array;
  /** [columns, r]. */
  readonly v: Tensor;
}

/** Factors of a matrix of low rank: `left` [rows, rank] times `right` [rank, columns]. */
export interface LowRankFactors {
  readonly left: Tensor;
  readonly right: Tensor;
}

const MOST_SWEEPS = 60;

/** Columns count as orthogonal when their cosine is below this. */
const ORTHOGONAL = 1e-15;

/** The thin SVD of a [rows, columns] matrix. */
export function svd(matrix: Tensor): Svd {
  const [rows, columns] = matrix.shape;
  if (rows < columns) {
    const { u, s, v } = svd(transpose(matrix));
    return { u: v, s, v: u };
  }
  // Columns as contiguous vectors: those of the matrix, turned into u diag(s), and those of v.
  const work = columnsOf(matrix);
  const turns = Array.from({ length: columns }, (_, j) => {
    const unit = new Float64Array(columns);
    unit[j] = 1;
    return unit;
  });
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let rotated = false;
    for (let p = 0; p < columns - 1; p++)
      for (let q = p + 1; q < columns; q++) rotated = orthogonalise(work, turns, p, q) || rotated;
    if (!rotated) break;
  }
  const lengths = work.map((column) => Math.sqrt(dot(column, column)));
  const order = lengths.map((_, j) => j).sort((a, b) => lengths[b] - lengths[a]);
  const u = tensor([rows, columns]);
  const v = tensor([columns, columns]);
  for (const [j, from] of order.entries()) {
    const length = lengths[from];
    for (let i = 0; i < rows; i++) u.data[i * columns + j] = length > 0 ? work[from][i] / length : 0;
    for (let i = 0; i < columns; i++) v.data[i * columns + j] = turns[from][i];
  }
  return { u, s: Float64Array.from(order, (from) => lengths[from]), v };
}

/**
 * The best approximation of that rank (Eckart & Young, 1936), split evenly: `left = U sqrt(S)`, `right = sqrt(S) V^T`.
 * A rank above min(rows, columns) is filled up with zeros.
 */
export function lowRankFactors(matrix: Tensor, rank: number): LowRankFactors {
  return balancedFactors(svd(matrix), rank);
}

/**
 * The same product in factors as near as possible to earlier ones: `left R` and `R^T right` with the orthogonal R that
 * solves the Procrustes problem for both (Golub & Van Loan, section 6.4.1). Balance is kept. What an optimiser has
 * learnt about the earlier factors then still applies.
 */
export function alignFactors({ left, right }: LowRankFactors, earlier: LowRankFactors): LowRankFactors {
  const rank = right.shape[0];
  const overlap = plus(product(transpose(left), earlier.left), product(right, transpose(earlier.right)));
  const { u, s, v } = svd(overlap);
  if (!(s[rank - 1] > ORTHOGONAL * s[0])) return { left, right };
  const rotation = product(u, transpose(v));
  return { left: product(left, rotation), right: product(transpose(rotation), right) };
}

/** `left` and `right` of a decomposition that is already there. */
function balancedFactors({ u, s, v }: Svd, rank: number): LowRankFactors {
  const [rows, width] = u.shape;
  const columns = v.shape[0];
  const left = tensor([rows, rank]);
  const right = tensor([rank, columns]);
  for (let k = 0; k < Math.min(rank, s.length); k++) {
    const root = Math.sqrt(s[k]);
    for (let i = 0; i < rows; i++) left.data[i * rank + k] = u.data[i * width + k] * root;
    for (let j = 0; j < columns; j++) right.data[k * columns + j] = v.data[j * width + k] * root;
  }
  return { left, right };
}

/** One Jacobi rotation of columns p and q, in both lists. False when they were orthogonal already. */
function orthogonalise(work: Float64Array[], turns: Float64Array[], p: number, q: number): boolean {
  const a = work[p];
  const b = work[q];
  const aa = dot(a, a);
  const bb = dot(b, b);
  const ab = dot(a, b);
  if (ab === 0 || Math.abs(ab) <= ORTHOGONAL * Math.sqrt(aa) * Math.sqrt(bb)) return false;
  const zeta = (bb - aa) / (2 * ab);
  const tangent = Math.sign(zeta || 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  const cosine = 1 / Math.hypot(1, tangent);
  rotate(a, b, cosine, cosine * tangent);
  rotate(turns[p], turns[q], cosine, cosine * tangent);
  return true;
}

function rotate(a: Float64Array, b: Float64Array, cosine: number, sine: number): void {
  for (let i = 0; i < a.length; i++) {
    const held = a[i];
    a[i] = cosine * held - sine * b[i];
    b[i] = sine * held + cosine * b[i];
  }
}

function plus(a: Tensor, b: Tensor): Tensor {
  return tensor(
    a.shape,
    a.data.map((value, i) => value + b.data[i]),
  );
}

function columnsOf({ shape: [rows, columns], data }: Tensor): Float64Array[] {
  return Array.from({ length: columns }, (_, j) =>
    Float64Array.from({ length: rows }, (_, i) => data[i * columns + j]),
  );
}
