import { expect, test } from 'vitest';
import { relativeDistance } from '../../../../testing/network-fixture.js';
import { normalTensor } from '../../../../testing/operations.js';
import { compileReference } from '../engine/reference/reference.js';
import { initialise } from '../models/initialise.js';
import { buildStudent } from '../models/student.js';
import type { Weights } from '../tensor/tensor.js';
import { foldBatchNorm } from './fold-batch-norm.js';
import { Graph } from './graph.js';
import { batchNorm } from './ops/batch-norm.js';
import { conv2d } from './ops/conv2d.js';
import { dense } from './ops/dense.js';
import { relu } from './ops/relu.js';
import { rewrite } from './rewrite.js';

/** Parameters as after some training: nothing is zero or one any more. */
function trained(graph: Graph): Weights {
  const weights = initialise(graph, 'fold');
  for (const [name, { shape, data }] of weights) {
    const noise = normalTensor(shape, name).data;
    for (const i of data.keys())
      data[i] = /(variance|deviation)$/.test(name) ? Math.exp(noise[i] / 4) : data[i] + noise[i] / 4;
  }
  return weights;
}

const student = buildStudent(
  {
    size: 'tiny',
    width: 0.5,
    pooling: 'flatten',
    compression: { kind: 'low-rank', rank: 3 },
    quantization: 'none',
    bottleneck: 16,
    input: 'standardise',
  },
  { batch: 2, mode: 'inference', targetWidth: 8 },
);

test('a folded student gives the embedding of the unfolded one, without any batch normalisation', async () => {
  const { graph, input, embedding } = student;
  const weights = trained(graph);
  const windows = normalTensor(input.shape, 'windows').data;
  const folded = foldBatchNorm([embedding]);
  const [before] = await compileReference(graph, [embedding], weights).run(new Map([[input, windows]]));
  const [after] = await compileReference(folded.graph, [folded.at(embedding)], folded.weights(weights)).run(
    new Map([[folded.at(input), windows]]),
  );
  expect(relativeDistance(after.data, before.data)).toBeLessThan(1e-9);
  expect(folded.graph.nodes.filter(({ op }) => op.name === 'batch-norm')).toEqual([]);
  expect(folded.graph.parameters.filter(({ name }) => /BatchNorm|target/.test(name))).toEqual([]);
});

test('a bias before the normalisation is folded too; a shared or activated layer is left alone', async () => {
  const graph = new Graph();
  const x = graph.input('x', [2, 3]);
  const vector = (name: string) => graph.weight(name, [2], { kind: 'ones' });
  const kernel = (name: string) => graph.weight(name, [3, 2], { kind: 'ones' });
  const normalised = (y: typeof x, name: string) =>
    batchNorm(
      y,
      {
        gamma: vector(`${name}/gamma`),
        beta: vector(`${name}/beta`),
        mean: vector(`${name}/mean`),
        variance: vector(`${name}/variance`),
      },
      { epsilon: 1e-3 },
    );
  const biased = normalised(dense(x, kernel('biased/kernel'), vector('biased/bias')), 'biased');
  const activated = normalised(relu(dense(x, kernel('activated/kernel'))), 'activated');
  const layer = dense(x, kernel('shared/kernel'));
  const outputs = [biased, activated, normalised(layer, 'shared'), layer];

  const weights = trained(graph);
  const data = normalTensor([2, 3], 'x').data;
  const folded = foldBatchNorm(outputs);
  const before = await compileReference(graph, outputs, weights).run(new Map([[x, data]]));
  const after = await compileReference(folded.graph, outputs.map(folded.at), folded.weights(weights)).run(
    new Map([[folded.at(x), data]]),
  );
  for (const [i, { data }] of before.entries())
    expect(relativeDistance(after[i].data, data)).toBeLessThan(1e-9);
  expect(folded.graph.nodes.filter(({ op }) => op.name === 'batch-norm')).toHaveLength(2);
});

test('a rewrite leaves behind the head and its input, and keeps the rest as it is', () => {
  const { embedding, graph } = student;
  const copy = rewrite([embedding], () => null);
  expect(copy.graph.inputs.map(({ name }) => name)).toEqual(['log_mel']);
  const names = (graph: Graph) => graph.parameters.map(({ name }) => name).sort();
  expect(names(copy.graph)).toEqual(names(graph).filter((name) => !name.startsWith('embedding_to_target/')));
  expect(copy.at(embedding).shape).toEqual(embedding.shape);
});

test('the graph that is rewritten does not change', () => {
  const graph = new Graph();
  const x = graph.input('x', [1, 2, 2, 1]);
  const y = conv2d(x, graph.weight('kernel', [1, 1, 1, 1], { kind: 'ones' }));
  const before = graph.nodes.length;
  expect(rewrite([y], () => null).at(y)).not.toBe(y);
  expect(graph.nodes).toHaveLength(before);
});
