import { expect, test } from 'vitest';
import { evaluate, expectTrueGradients } from '../../../../../testing/operations.js';
import { tensor } from '../../tensor/tensor.js';
import { batchNorm, batchNormTraining } from './batch-norm.js';

const epsilon = 1e-3;

test('the batch has its mean and population variance', async () => {
  const operands = [tensor([2, 1, 2, 1], [1, 2, 3, 6]), tensor([1], [2]), tensor([1], [10])] as const;
  const of = (output: 'mean' | 'variance') =>
    evaluate((x, gamma, beta) => batchNormTraining(x, gamma, beta, { epsilon })[output], ...operands);
  expect((await of('mean')).data).toEqual(Float64Array.of(3));
  expect((await of('variance')).data).toEqual(Float64Array.of((4 + 1 + 0 + 9) / 4));
});

test('training output has the mean beta and the deviation gamma', async () => {
  const y = await evaluate(
    (x, gamma, beta) => batchNormTraining(x, gamma, beta, { epsilon: 0 }).y,
    tensor([4, 1], [1, 2, 3, 6]),
    tensor([1], [2]),
    tensor([1], [10]),
  );
  const mean = y.data.reduce((a, b) => a + b) / 4;
  expect(mean).toBeCloseTo(10, 12);
  expect(Math.sqrt(y.data.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 4)).toBeCloseTo(2, 12);
});

test('inference uses the statistics it is given', async () => {
  const y = await evaluate(
    (x, gamma, beta, mean, variance) => batchNorm(x, { gamma, beta, mean, variance }, { epsilon: 1 }),
    tensor([1, 2], [5, 7]),
    tensor([2], [2, 3]),
    tensor([2], [1, -1]),
    tensor([2], [3, 4]),
    tensor([2], [3, 8]),
  );
  expect(y.data).toEqual(Float64Array.of(2 * 1 + 1, 3 * 1 - 1));
});

test('gradients agree with finite differences', async () => {
  await expectTrueGradients(
    (x, gamma, beta) => batchNormTraining(x, gamma, beta, { epsilon }).y,
    [2, 3, 2, 3],
    [3],
    [3],
  );
});

test('with given statistics, gradients of the rest agree with finite differences', async () => {
  await expectTrueGradients(
    (x, gamma, beta) => {
      const mean = x.graph.constant(tensor([3], [0.5, -1, 2]));
      const variance = x.graph.constant(tensor([3], [2, 0.5, 1]));
      return batchNorm(x, { gamma, beta, mean, variance }, { epsilon });
    },
    [2, 3, 2, 3],
    [3],
    [3],
  );
});
