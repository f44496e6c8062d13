import { expect, test } from 'vitest';
import { evaluate, expectTrueGradients } from '../../../../../testing/operations.js';
import { tensor } from '../../tensor/tensor.js';
import { gradients } from '../autodiff.js';
import { maxPool } from './max-pool.js';
import { sumTo } from './sum-to.js';

const pool = { window: 3, stride: 2 } as const;

test('the margin of a window of negative numbers is not the largest', async () => {
  const y = await evaluate(
    (x) => maxPool(x, pool),
    tensor([1, 4, 4, 1], [-1, -2, -3, -4, -5, -6, -7, -8, -9, -10, -11, -12, -13, -14, -15, -16]),
  );
  expect(y).toEqual(tensor([1, 2, 2, 1], [-1, -3, -9, -11]));
});

test('the gradient agrees with finite differences', () =>
  expectTrueGradients((x) => maxPool(x, pool), [2, 4, 5, 2]));

test('among equals the first gets the gradient', async () => {
  const dx = await evaluate(
    (x) => gradients(sumTo(maxPool(x, { window: 2, stride: 2 }), []), [x]).get(x) ?? x,
    tensor([1, 2, 2, 1], [1, 5, 5, 5]),
  );
  expect(dx.data).toEqual(Float64Array.of(0, 1, 0, 0));
});
