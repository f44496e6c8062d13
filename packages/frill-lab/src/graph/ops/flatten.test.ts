import { expect, test } from 'vitest';
import { evaluate, expectTrueGradients } from '../../../../../testing/operations.js';
import { tensor } from '../../tensor/tensor.js';
import { flatten } from './flatten.js';

test('the order is row, column, channel', async () => {
  const y = await evaluate(flatten, tensor([1, 2, 1, 2], [1, 2, 3, 4]));
  expect(y).toEqual(tensor([1, 4], [1, 2, 3, 4]));
});

test('the gradient takes the way back', () => expectTrueGradients(flatten, [2, 2, 3, 2]));
