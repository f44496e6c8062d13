/**
 * Symmetric positive definite systems: the inverse of the Cholesky factor, by halves, so that nearly all work is matrix
 * products. With A = L L', W = L^-1 solves A x = b as x = W' (W b).
 */
import { type Matrix, matrix, multiply } from './matrix-product.js';

/** Blocks up to this size are factorised in plain loops. */
const BLOCK = 64;

/** The matrix is not positive definite, to working precision. */
export class NotPositiveDefinite extends Error {}

/** Lower triangular W with W A W' = I. Only the lower triangle of `a` is read; `a` is not changed. */
export async function inverseFactor(a: Matrix): Promise<Matrix> {
  const size = a.rows;
  if (size <= BLOCK) return plainInverseFactor(a);
  const half = Math.ceil(size / 2);
  const first = await inverseFactor(block(a, 0, 0, half, half));
  const below = await multiply(block(a, half, 0, size - half, half), first, 'right');
  const rest = block(a, half, half, size - half, size - half);
  subtract(rest, await multiply(below, below, 'right'));
  const second = await inverseFactor(rest);
  const corner = await multiply(second, await multiply(below, first));
  const result = matrix(size, size);
  place(first, result, 0, 0, 1);
  place(corner, result, half, 0, -1);
  place(second, result, half, half, 1);
  return result;
}

/** Adds to the diagonal of a square matrix, in place; returns the trace before. */
export function addToDiagonal({ rows, data }: Matrix, value: number | Float64Array): number {
  let trace = 0;
  for (let i = 0; i < rows; i++) {
    trace += data[i * (rows + 1)];
    data[i * (rows + 1)] += typeof value === 'number' ? value : value[i];
  }
  return trace;
}

/** Solves A X = B for the A that `inverse` factorises. */
export async function solve(inverse: Matrix, right: Matrix): Promise<Matrix> {
  return multiply(inverse, await multiply(inverse, right), 'left');
}

function block(from: Matrix, row: number, column: number, rows: number, columns: number): Matrix {
  const result = matrix(rows, columns);
  for (let i = 0; i < rows; i++) {
    const start = (row + i) * from.columns + column;
    result.data.set(from.data.subarray(start, start + columns), i * columns);
  }
  return result;
}

function subtract(from: Matrix, { data }: Matrix): void {
  for (let i = 0; i < data.length; i++) from.data[i] -= data[i];
}

function place(from: Matrix, into: Matrix, row: number, column: number, sign: 1 | -1): void {
  for (let i = 0; i < from.rows; i++)
    for (let j = 0; j < from.columns; j++)
      into.data[(row + i) * into.columns + column + j] = sign * from.data[i * from.columns + j];
}

/** Cholesky, then the triangular inverse. */
function plainInverseFactor({ rows: size, data }: Matrix): Matrix {
  const factor = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) {
      let sum = data[i * size + j];
      for (let k = 0; k < j; k++) sum -= factor[i * size + k] * factor[j * size + k];
      if (i !== j) factor[i * size + j] = sum / factor[j * size + j];
      else if (sum > 0) factor[i * size + i] = Math.sqrt(sum);
      else throw new NotPositiveDefinite(`pivot ${i} is ${sum}`);
    }
  const inverse = matrix(size, size);
  for (let column = 0; column < size; column++)
    for (let row = column; row < size; row++) {
      let sum = row === column ? 1 : 0;
      for (let k = column; k < row; k++) sum -= factor[row * size + k] * inverse.data[k * size + column];
      inverse.data[row * size + column] = sum / factor[row * size + row];
    }
  return inverse;
}
