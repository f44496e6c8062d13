import { describe, expect, test } from 'vitest';
import { goldenJson, goldenPath } from '../../../../../testing/golden.js';
import { relativeDistance } from '../../../../../testing/network-fixture.js';
import { evaluate, expectTrueGradients } from '../../../../../testing/operations.js';
import { compileOrt } from '../../engine/ort/compile.js';
import { compileReference } from '../../engine/reference/reference.js';
import { readNpy } from '../../tensor/npy.js';
import { type FloatArray, tensor } from '../../tensor/tensor.js';
import { gradients } from '../autodiff.js';
import { Graph, type Value } from '../graph.js';
import { l2Normalise } from './l2-normalise.js';
import { squaredDistances } from './squared-distances.js';
import { labelTripletLoss, pairTripletLoss } from './triplet-loss.js';

/** The fixture's own bounds: absolute for the loss, relative for gradients. */
const ENGINES = [
  { engine: 'reference', compile: compileReference, ofLoss: 1e-10, ofGradient: 1e-10 },
  {
    engine: 'onnxruntime',
    compile: (graph: Graph, outputs: Value[]) => compileOrt(graph, outputs, new Map(), { threads: 1 }),
    ofLoss: 1e-5,
    ofGradient: 1e-4,
  },
];

test('the negative is the nearest beyond the positive, or the farthest of all', async () => {
  const loss = (distances: number[]) =>
    evaluate((d) => pairTripletLoss(d, { margin: 1 }), tensor([3, 3], distances));
  // Anchor 0 has its positive at 2 and negatives at 1 and 2.5; the others are easy.
  expect((await loss([2, 1, 2.5, 9, 0, 9, 9, 9, 0])).data[0]).toBeCloseTo((2 - 2.5 + 1) / 3, 12);
  // No negative is beyond 2: the farthest is at 1.5.
  expect((await loss([2, 1, 1.5, 9, 0, 9, 9, 9, 0])).data[0]).toBeCloseTo((2 - 1.5 + 1) / 3, 12);
});

test('a batch of one label has no negatives, and no loss', async () => {
  const loss = await evaluate(
    (d, labels) => labelTripletLoss(d, labels, { margin: 1 }),
    tensor([2, 2], [0, 1, 1, 0]),
    tensor([2], [7, 7]),
  );
  expect(loss.data).toEqual(Float64Array.of(0));
});

test('gradients agree with finite differences', async () => {
  const labels = tensor([6], [0, 0, 1, 1, 2, 2]);
  await expectTrueGradients((a, b) => pairTripletLoss(squaredDistances(a, b), { margin: 1 }), [5, 3], [5, 3]);
  await expectTrueGradients(
    (u) => labelTripletLoss(squaredDistances(u, u), u.graph.constant(labels), { margin: 1 }),
    [6, 3],
  );
});

describe('losses and gradients computed by torch', () => {
  interface Case {
    name: string;
    definition: 'labels' | 'pairs';
    margin: number;
    labels?: number[];
    loss: number;
  }
  const { cases } = goldenJson<{ cases: Case[] }>('triplet/triplet.json');
  const read = (file: string) => readNpy(goldenPath(`triplet/${file}.npy`));

  const ofDefinition = (wanted: string) => cases.filter(({ definition }) => definition === wanted);

  describe.each(ENGINES)('$engine', ({ compile, ofLoss, ofGradient }) => {
    /** Runs the loss and its gradients; `files` are the expected gradients. */
    async function compare(
      loss: Value,
      expected: number,
      of: Value[],
      files: string[],
      feeds: Map<Value, FloatArray>,
    ) {
      const outputs = [loss, ...gradients(loss, of).values()];
      const program = await compile(loss.graph, outputs, new Map());
      const [value, ...computed] = await program.run(feeds);
      await program.close();
      expect(Math.abs(value.data[0] - expected)).toBeLessThan(ofLoss);
      for (const [i, file] of files.entries())
        expect(relativeDistance(computed[i].data, read(file).data), file).toBeLessThan(ofGradient);
    }

    test.each(ofDefinition('labels'))('$name', async ({ name, margin, loss: expected, labels = [] }) => {
      const embeddings = read(`${name}.embeddings`);
      const graph = new Graph();
      const z = graph.input('embeddings', embeddings.shape);
      const u = l2Normalise(z);
      const of = graph.constant(tensor([labels.length], labels));
      const loss = labelTripletLoss(squaredDistances(u, u), of, { margin });
      const files = [`${name}.gradient`, `${name}.gradient_unit`];
      await compare(loss, expected, [z, u], files, new Map([[z, embeddings.data]]));
    });

    test.each(ofDefinition('pairs'))('$name', async ({ name, margin, loss: expected }) => {
      const sides = ['anchors', 'positives'];
      const stored = sides.map((side) => read(`${name}.${side}`));
      const graph = new Graph();
      const inputs = sides.map((side, i) => graph.input(side, stored[i].shape));
      const [anchors, positives] = inputs.map((input) => l2Normalise(input));
      const loss = pairTripletLoss(squaredDistances(anchors, positives), { margin });
      const files = sides.map((side) => `${name}.gradient_${side}`);
      await compare(
        loss,
        expected,
        inputs,
        files,
        new Map(inputs.map((input, i) => [input, stored[i].data])),
      );
    });
  });
});
