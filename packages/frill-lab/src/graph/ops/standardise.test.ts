import { expect, test } from 'vitest';
import { evaluate, normalTensor } from '../../../../../testing/operations.js';
import { compileReference } from '../../engine/reference/reference.js';
import { tensor } from '../../tensor/tensor.js';
import { gradients } from '../autodiff.js';
import { Graph } from '../graph.js';
import { standardise } from './standardise.js';
import { sumTo } from './sum-to.js';

const margins = { top: 0, bottom: 1, left: 1, right: 0 };

test('the border is laid before the mean is taken off', async () => {
  const y = await evaluate(
    (x, mean, deviation) => standardise(x, mean, deviation, margins),
    tensor([1, 2, 2, 1], [1, 2, 3, 4]),
    tensor([], [1]),
    tensor([], [2]),
  );
  expect(y.shape).toEqual([1, 3, 3, 1]);
  expect(y.data).toEqual(Float64Array.of(-0.5, 0, 0.5, -0.5, 1, 1.5, -0.5, -0.5, -0.5));
});

test('the input gets a gradient, the statistics get none', async () => {
  const graph = new Graph();
  const x = graph.input('x', [1, 2, 2, 1]);
  const mean = graph.statistic('mean', [], { kind: 'zeros' });
  const deviation = graph.statistic('deviation', [], { kind: 'ones' });
  const of = gradients(sumTo(standardise(x, mean, deviation, margins), []), [x, deviation]);
  const statistics = new Map([
    ['mean', tensor([], [1])],
    ['deviation', tensor([], [2])],
  ]);
  const [dx, dDeviation] = await compileReference(graph, [...of.values()], statistics).run(
    new Map([[x, normalTensor(x.shape, 'x').data]]),
  );
  expect(dx.shape).toEqual(x.shape);
  expect(dx.data).toEqual(Float64Array.of(0.5, 0.5, 0.5, 0.5));
  expect(dDeviation.data).toEqual(Float64Array.of(0));
});
