import { expect, test } from 'vitest';
import { evaluate, expectTrueGradients } from '../../../../../testing/operations.js';
import { tensor } from '../../tensor/tensor.js';
import { globalAveragePool } from './global-average-pool.js';

test('one mean per image and channel', async () => {
  const y = await evaluate(globalAveragePool, tensor([2, 2, 1, 2], [1, 10, 3, 30, 5, 50, 7, 70]));
  expect(y).toEqual(tensor([2, 1, 1, 2], [2, 20, 6, 60]));
});

test('the gradient agrees with finite differences', () =>
  expectTrueGradients(globalAveragePool, [2, 2, 3, 2]));
