import { expect, test } from 'vitest';
import { evaluate, normalTensor } from '../../../../../testing/operations.js';
import { compileReference } from '../../engine/reference/reference.js';
import { tensor } from '../../tensor/tensor.js';
import { gradients } from '../autodiff.js';
import { Graph } from '../graph.js';
import { standardise } from './standardise.js';
import { sumTo } from './sum-to.js';

test('bands are the third axis', async () => {
  const y = await evaluate(
    standardise,
    tensor([1, 2, 2, 1], [1, 2, 3, 4]),
    tensor([2], [1, 2]),
    tensor([2], [2, 4]),
  );
  expect(y.data).toEqual(Float64Array.of(0, 0, 1, 0.5));
});

test('the input gets a gradient, the statistics get none', async () => {
  const graph = new Graph();
  const x = graph.input('x', [1, 2, 2, 1]);
  const mean = graph.statistic('mean', [2], { kind: 'zeros' });
  const deviation = graph.statistic('deviation', [2], { kind: 'ones' });
  const of = gradients(sumTo(standardise(x, mean, deviation), []), [x, deviation]);
  const outputs = [...of.values()];
  const statistics = new Map([
    ['mean', tensor([2], [1, 2])],
    ['deviation', tensor([2], [2, 4])],
  ]);
  const [dx, dDeviation] = await compileReference(graph, outputs, statistics).run(
    new Map([[x, normalTensor(x.shape, 'x').data]]),
  );
  expect(dx.data).toEqual(Float64Array.of(0.5, 0.25, 0.5, 0.25));
  expect(dDeviation.data).toEqual(Float64Array.of(0, 0));
});
