import { expect, test } from 'vitest';
import { evaluate, expectTrueGradients } from '../../../../../testing/operations.js';
import { tensor } from '../../tensor/tensor.js';
import { sumTo } from './sum-to.js';

const x = tensor([2, 1, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]);

test.each([
  ['all', [], [36]],
  ['per channel', [2], [16, 20]],
  ['per image and channel', [2, 1, 1, 2], [4, 6, 12, 14]],
  ['nothing', [2, 1, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]],
])('sums %s', async (_title, shape, expected) => {
  expect(await evaluate((x) => sumTo(x, shape), x)).toEqual(tensor(shape, expected));
  await expectTrueGradients((x) => sumTo(x, shape), x.shape);
});
