import { expect, test } from 'vitest';
import { relativeDistance } from '../../../../testing/network-fixture.js';
import { normalTensor } from '../../../../testing/operations.js';
import { compileReference } from '../engine/reference/reference.js';
import { initialise } from '../models/initialise.js';
import { buildStudent } from '../models/student.js';
import { parseStudentName } from '../models/student-config.js';
import { buildTrill, trillConfigSchema } from '../models/trill.js';
import { tensor } from '../tensor/tensor.js';
import { foldForInference } from './fold-for-inference.js';
import { foldStandardise } from './fold-standardise.js';
import { Graph, type Value } from './graph.js';
import { conv2d } from './ops/conv2d.js';
import { standardise } from './ops/standardise.js';
import { resolvePadding } from './sliding-window.js';

const student = buildStudent(parseStudentName('tiny-0.5-gap', { bottleneck: 8 }), {
  batch: 2,
  mode: 'inference',
});
const trill = buildTrill(trillConfigSchema.parse({ stem: 4, widths: [2], depths: [1], embedding: 8 }), {
  batch: 2,
  mode: 'inference',
});

test.each([
  ['a student', student.input, student.embedding, 3],
  ['TRILL', trill.input, trill.layer19, 7],
])(
  'the first convolution of %s takes all of it over, with the padding that is customary',
  async (_, input, output, taps) => {
    const { graph } = input;
    const weights = initialise(graph, 'fold');
    weights.set('standardise/mean', { shape: [], data: Float32Array.of(-1.9) });
    weights.set('standardise/deviation', { shape: [], data: Float32Array.of(2.3) });
    const windows = normalTensor(input.shape, 'windows').data.map((value) => 2 * value - 2);
    const folded = foldForInference([output]);
    const [before] = await compileReference(graph, [output], weights).run(new Map([[input, windows]]));
    const [after] = await compileReference(folded.graph, [folded.at(output)], folded.weights(weights)).run(
      new Map([[folded.at(input), windows]]),
    );
    expect(relativeDistance(after.data, before.data)).toBeLessThan(1e-9);
    expect(folded.graph.parameters.filter(({ name }) => name.startsWith('standardise'))).toEqual([]);
    const [stem] = folded.graph.nodes;
    expect(stem.inputs[0]).toBe(folded.at(input));
    const margins = resolvePadding(input.shape, [taps, taps], 2, 'same');
    expect(stem).toMatchObject({ op: { name: 'conv2d' }, attributes: { margins } });
  },
);

test('a bias is kept; where the layer pads or is not the only one, nothing is folded', async () => {
  const graph = new Graph();
  const x = graph.input('x', [1, 3, 3, 1]);
  const mean = graph.statistic('mean', [], { kind: 'zeros' });
  const deviation = graph.statistic('deviation', [], { kind: 'ones' });
  const kernel = (name: string) => graph.weight(`${name}/kernel`, [3, 3, 1, 2], { kind: 'ones' });
  const input = () => standardise(x, mean, deviation);
  const bias = graph.weight('biased/bias', [2], { kind: 'ones' });
  const biased = conv2d(input(), kernel('biased'), { padding: 'valid', bias });
  const padding = conv2d(input(), kernel('padding'));
  const shared = input();
  const outputs: Value[] = [biased, padding, conv2d(shared, kernel('shared'), { padding: 'valid' }), shared];

  const weights = new Map(
    graph.parameters.map(({ name, shape }) => [name, normalTensor(shape, name)] as const),
  );
  weights.set('deviation', tensor([], [1.5]));
  const data = normalTensor([1, 3, 3, 1], 'x').data;
  const folded = foldStandardise(outputs);
  const before = await compileReference(graph, outputs, weights).run(new Map([[x, data]]));
  const after = await compileReference(folded.graph, outputs.map(folded.at), folded.weights(weights)).run(
    new Map([[folded.at(x), data]]),
  );
  for (const [i, { data }] of before.entries())
    expect(relativeDistance(after[i].data, data)).toBeLessThan(1e-12);
  expect(folded.graph.nodes.filter(({ op }) => op.name === 'standardise')).toHaveLength(2);
});
