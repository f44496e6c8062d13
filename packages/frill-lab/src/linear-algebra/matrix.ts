/** Products of small dense matrices in float64. */
import { type Tensor, tensor } from '../tensor/tensor.js';

/** a [m, k], b [k, n] -> [m, n]. */
export function product(a: Tensor, b: Tensor): Tensor {
  const [rows, inner] = a.shape;
  const columns = b.shape[1];
  const result = tensor([rows, columns]);
  for (let i = 0; i < rows; i++) {
    const row = result.data.subarray(i * columns, (i + 1) * columns);
    for (let k = 0; k < inner; k++) {
      const factor = a.data[i * inner + k];
      const from = b.data.subarray(k * columns, (k + 1) * columns);
      for (let j = 0; j < columns; j++) row[j] += factor * from[j];
    }
  }
  return result;
}

/** [m, n] -> [n, m]. */
export function transpose({ shape: [rows, columns], data }: Tensor): Tensor {
  const turned = tensor([columns, rows]);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) turned.data[j * rows + i] = data[i * columns + j];
  return turned;
}
