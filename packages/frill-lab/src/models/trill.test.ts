import { expect, test } from 'vitest';
import { norm, relativeDistance } from '../../../../testing/network-fixture.js';
import { normalTensor } from '../../../../testing/operations.js';
import { adamStep } from '../engine/adam.js';
import { compileReference } from '../engine/reference/reference.js';
import { gradients } from '../graph/autodiff.js';
import { foldBatchNorm } from '../graph/fold-batch-norm.js';
import type { Value } from '../graph/graph.js';
import { type FloatArray, tensor } from '../tensor/tensor.js';
import { countParameters } from './count.js';
import { initialise } from './initialise.js';
import { buildTrill, trillConfigSchema } from './trill.js';

const small = trillConfigSchema.parse({ stem: 4, widths: [2, 4], depths: [2, 1], embedding: 8, margin: 0.5 });

test('at full size it has about 24.5 million parameters, and layer 19 has 12288 values', () => {
  const { layer19, embedding } = buildTrill(trillConfigSchema.parse({}), { batch: 1, mode: 'inference' });
  expect(layer19.shape).toEqual([1, 12288]);
  expect(embedding.shape).toEqual([1, 512]);
  expect(countParameters(foldBatchNorm([embedding]).at(embedding)) / 1e6).toBeCloseTo(24.5, 1);
});

test('a few steps of training pull windows of one clip together', async () => {
  const { graph, input, labels, loss } = buildTrill(small, { batch: 6, mode: 'training' });
  const learnt = graph.parameters.filter(({ source }) => source.kind === 'weight');
  const derivatives = gradients(loss, learnt);
  const weights = initialise(graph, 'trill');
  const program = compileReference(graph, [loss, ...derivatives.values()], weights);
  const feeds = new Map<Value, FloatArray>([
    [input, normalTensor(input.shape, 'windows').data],
    [labels, Float64Array.of(0, 0, 1, 1, 2, 2)],
  ]);
  const moments = learnt.map(({ shape }) => ({ m: tensor(shape).data, v: tensor(shape).data }));
  const losses: number[] = [];
  for (let step = 1; step <= 12; step++) {
    const [value, ...slopes] = await program.run(feeds);
    losses.push(value.data[0]);
    for (const [i, { name }] of learnt.entries())
      adamStep(weights.get(name)?.data ?? new Float32Array(), slopes[i].data, moments[i], step, 1e-2);
  }
  expect(losses[losses.length - 1]).toBeLessThan(0.6 * losses[0]);
});

test('embeddings are unit vectors, and the same when batch normalisation is folded', async () => {
  const { graph, input, embedding } = buildTrill(small, { batch: 2, mode: 'inference' });
  const weights = initialise(graph, 'trill');
  const windows = normalTensor(input.shape, 'windows').data;
  const folded = foldBatchNorm([embedding]);
  const [before] = await compileReference(graph, [embedding], weights).run(new Map([[input, windows]]));
  const [after] = await compileReference(folded.graph, [folded.at(embedding)], folded.weights(weights)).run(
    new Map([[folded.at(input), windows]]),
  );
  expect(norm(before.data.subarray(0, 8))).toBeCloseTo(1, 12);
  expect(relativeDistance(after.data, before.data)).toBeLessThan(1e-9);
});

test('stages without a depth are refused', () => {
  const config = { ...small, depths: [1] };
  expect(() => buildTrill(config, { batch: 1, mode: 'training' })).toThrow('2 widths and 1 depths');
});
