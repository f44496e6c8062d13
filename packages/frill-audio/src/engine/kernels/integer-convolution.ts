/**
 * Definition of what a convolution of int8 weights reads instead of floats. The sums of kernels/engine/integer-convolution.ts are
 * defined by `convolutionSums`.
 */
import { code } from './rounding.js';

/**
 * Rows of floats as codes, each row in a unit of its own: the largest magnitude of a row becomes `limit`. A row of zeros
 * has the unit 0.
 */
export function rowsOfCodes(
  input: ArrayLike<number>,
  columns: number,
  limit: number,
): { readonly codes: Int16Array; readonly units: Float32Array } {
  const codes = new Int16Array(input.length);
  const units = new Float32Array(input.length / columns);
  for (let row = 0; row < units.length; row++) {
    let largest = 0;
    for (let i = 0; i < columns; i++) largest = Math.max(largest, Math.abs(input[row * columns + i]));
    units[row] = largest / limit;
    const factor = largest > 0 ? Math.fround(limit / largest) : 0;
    for (let i = row * columns; i < (row + 1) * columns; i++)
      codes[i] = code(Math.fround(input[i] * factor), -limit, limit);
  }
  return { codes, units };
}

/** The largest code of which `length` products with int8 weights fit into an int32 sum, whatever they are. */
export function largestCode(length: number): number {
  return Math.min(2 ** 15 - 1, Math.floor((2 ** 31 - 1) / (128 * length)));
}
