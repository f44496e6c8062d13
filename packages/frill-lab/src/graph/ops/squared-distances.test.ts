import { expect, test } from 'vitest';
import { evaluate, expectTrueGradients } from '../../../../../testing/operations.js';
import { tensor } from '../../tensor/tensor.js';
import { squaredDistances } from './squared-distances.js';

test('rows of the first against rows of the second', async () => {
  const d = await evaluate(
    squaredDistances,
    tensor([2, 2], [0, 0, 3, 4]),
    tensor([3, 2], [0, 0, 1, 0, 3, 4]),
  );
  expect(d).toEqual(tensor([2, 3], [0, 1, 25, 25, 20, 0]));
});

test('gradients agree with finite differences, also among the rows of one matrix', async () => {
  await expectTrueGradients(squaredDistances, [3, 2], [4, 2]);
  await expectTrueGradients((a) => squaredDistances(a, a), [4, 3]);
});
