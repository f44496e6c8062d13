import { expect, test } from 'vitest';
import { random } from '../tensor/random.js';
import { inverseFactor, NotPositiveDefinite, solve } from './inverse-factor.js';
import { type Matrix, matrix, multiply, type Transposed, toFloat32, toFloat64 } from './matrix-product.js';
import { packMatrix } from './packed-matrix.js';

function normal(seed: string, rows: number, columns: number): Matrix {
  const stream = random(seed);
  return matrix(
    rows,
    columns,
    Float64Array.from({ length: rows * columns }, () => stream.normal()),
  );
}

const at = (m: Matrix, row: number, column: number) => m.data[row * m.columns + column];

test.each(['neither', 'left', 'right'] as Transposed[])(
  'small products by loops and large ones by the runtime agree, %s transposed',
  async (transposed) => {
    for (const [rows, inner, columns] of [
      [5, 7, 3],
      [60, 70, 33],
    ]) {
      const left = transposed === 'left' ? normal('a', inner, rows) : normal('a', rows, inner);
      const right = transposed === 'right' ? normal('b', columns, inner) : normal('b', inner, columns);
      const product = await multiply(left, right, transposed);
      for (const [row, column] of [
        [0, 0],
        [rows - 1, columns - 1],
        [2, 1],
      ]) {
        let sum = 0;
        for (let k = 0; k < inner; k++)
          sum +=
            (transposed === 'left' ? at(left, k, row) : at(left, row, k)) *
            (transposed === 'right' ? at(right, column, k) : at(right, k, column));
        expect(at(product, row, column)).toBeCloseTo(sum, 10);
      }
    }
  },
);

test('a positive definite system is solved, by halves too', async () => {
  const root = normal('root', 150, 300);
  const a = await multiply(root, root, 'right');
  const b = normal('right', 150, 4);
  const x = await solve(await inverseFactor(a), b);
  const back = await multiply(a, x);
  for (let i = 0; i < b.data.length; i++) expect(back.data[i]).toBeCloseTo(b.data[i], 8);
});

test('an indefinite matrix is refused', async () => {
  await expect(inverseFactor(matrix(2, 2, Float64Array.of(1, 2, 2, 1)))).rejects.toThrow(NotPositiveDefinite);
});

test('factors that do not fit are refused', async () => {
  await expect(multiply(matrix(2, 3), matrix(2, 3))).rejects.toThrow('do not fit');
});

test.each([
  ['by loops', 30, 20, {}],
  ['by the runtime', 300, 200, {}],
  ['too large to be laid out', 300, 200, { largest: 1000 }],
])('a packed matrix gives the products of the matrix, %s', async (_title, rows, columns, options) => {
  const features = normal('features', rows, columns);
  const [weights, sums] = [normal('weights', 4, columns), normal('sums', 4, rows)];
  const packed = await packMatrix(toFloat32(features), 4, options);
  const times = matrix(4, rows, await packed.timesRows(toFloat32(weights).data));
  const summed = matrix(4, columns, await packed.sumRows(toFloat32(sums).data));
  for (const [found, expected] of [
    [times, await multiply(weights, features, 'right')],
    [summed, await multiply(sums, features)],
  ] as const)
    for (const [i, value] of toFloat64(found).data.entries()) expect(value).toBeCloseTo(expected.data[i], 3);
  await packed.close();
});
