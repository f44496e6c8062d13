import { describe, expect, test } from 'vitest';
import { evaluate, expectTrueGradients, normalTensor } from '../../../../../testing/operations.js';
import { batchNormTraining } from './batch-norm.js';
import { conv2d } from './conv2d.js';
import { normalisedConv2d } from './normalised-conv2d.js';

const epsilon = 1e-3;

test('it is a convolution and a normalisation', async () => {
  const operands = [[2, 5, 4, 2], [3, 3, 2, 4], [4], [4]].map((shape, i) => normalTensor(shape, `${i}`));
  for (const output of ['y', 'mean', 'variance'] as const)
    expect(
      await evaluate(
        (x, w, gamma, beta) => normalisedConv2d(x, w, { gamma, beta }, { stride: 2, epsilon })[output],
        ...operands,
      ),
    ).toEqual(
      await evaluate(
        (x, w, gamma, beta) =>
          batchNormTraining(conv2d(x, w, { stride: 2 }), gamma, beta, { epsilon })[output],
        ...operands,
      ),
    );
});

describe('gradients agree with finite differences', () => {
  test.each([
    ['1x1', 1, 1],
    ['3x3 / 2', 3, 2],
  ] as const)('%s', async (_title, extent, stride) => {
    await expectTrueGradients(
      (x, w, gamma, beta) => normalisedConv2d(x, w, { gamma, beta }, { stride, epsilon }).y,
      [2, 4, 3, 2],
      [extent, extent, 2, 3],
      [3],
      [3],
    );
  });
});
