import { expect, test } from 'vitest';
import { evaluate, evaluateIn, expectTrueGradients, normalTensor } from '../../../../testing/operations.js';
import { tensor } from '../tensor/tensor.js';
import { distillationLoss } from './distillation-loss.js';

const prediction = tensor([2, 2], [3, 4, 1, 0]);
const target = tensor([2, 2], [6, 8, 0, 2]);

test.each([
  ['the squared error', 0, (9 + 16 + 1 + 4) / 4],
  ['the cosine distance, which does not care for lengths', 1, (0 + 1) / 2],
  ['some of each', 0.25, 0.75 * 7.5 + 0.25 * 0.5],
])('%s', async (_title, share, expected) => {
  for (const engine of ['reference', 'ort'] as const) {
    const { shape, data } = await evaluateIn(
      engine,
      (p, t) => distillationLoss(p, t, share),
      prediction,
      target,
    );
    expect(shape).toEqual([]);
    expect(data[0]).toBeCloseTo(expected, 5);
  }
  expect((await evaluate((p, t) => distillationLoss(p, t, share), target, target)).data[0]).toBeCloseTo(
    0,
    12,
  );
});

test('gradients agree with finite differences', () =>
  expectTrueGradients(
    (p) => distillationLoss(p, p.graph.constant(normalTensor([3, 4], 'target')), 0.5),
    [3, 4],
  ));
