import { expect, test } from 'vitest';
import { evaluate, expectTrueGradients } from '../../../../../testing/operations.js';
import { tensor } from '../../tensor/tensor.js';
import { l2Normalise } from './l2-normalise.js';

test('rows get unit length; a row of zeros stays', async () => {
  const { data } = await evaluate((x) => l2Normalise(x), tensor([2, 2], [3, 4, 0, 0]));
  const expected = [0.6, 0.8, 0, 0];
  for (const [i, v] of expected.entries()) expect(data[i]).toBeCloseTo(v, 12);
});

test('gradients agree with finite differences, also below epsilon', async () => {
  await expectTrueGradients((x) => l2Normalise(x), [3, 4]);
  await expectTrueGradients((x) => l2Normalise(x, { epsilon: 100 }), [3, 4]);
});
