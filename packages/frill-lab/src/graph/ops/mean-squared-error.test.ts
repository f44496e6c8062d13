import { expect, test } from 'vitest';
import { evaluate, expectTrueGradients, normalTensor } from '../../../../../testing/operations.js';
import { tensor } from '../../tensor/tensor.js';
import { meanSquaredError } from './mean-squared-error.js';

test('the mean is over all elements', async () => {
  const y = await evaluate(meanSquaredError, tensor([2, 2], [1, 2, 3, 4]), tensor([2, 2], [1, 0, 3, 0]));
  expect(y).toEqual(tensor([], [(4 + 16) / 4]));
});

test('the gradient agrees with finite differences', () =>
  expectTrueGradients(
    (prediction) => meanSquaredError(prediction, prediction.graph.constant(normalTensor([3, 4], 'target'))),
    [3, 4],
  ));
