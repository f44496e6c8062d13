import { describe, expect, test } from 'vitest';
import { goldenJson, goldenPath } from '../../../../../testing/golden.js';
import { relativeDistance } from '../../../../../testing/network-fixture.js';
import { evaluate, expectTrueGradients } from '../../../../../testing/operations.js';
import { compileOrt } from '../../engine/ort/compile.js';
import { compileReference } from '../../engine/reference/reference.js';
import { readNpy } from '../../tensor/npy.js';
import { tensor } from '../../tensor/tensor.js';
import { gradients } from '../autodiff.js';
import { Graph, type Value } from '../graph.js';
import { l2Normalise } from './l2-normalise.js';
import { squaredDistances } from './squared-distances.js';
import { tripletLoss } from './triplet-loss.js';

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
  // Anchor 0 has its positive, of the same label, at 2; its negatives are the two others. Anchor 1 is easy.
  const loss = (near: number, far: number) =>
    evaluate(
      (d, labels) => tripletLoss(d, labels, { margin: 1 }),
      tensor([4, 4], [0, 2, near, far, 2, 0, 9, 9, near, 9, 0, 9, far, 9, 9, 0]),
      tensor([4], [0, 0, 1, 2]),
    );
  expect((await loss(1, 2.5)).data[0]).toBeCloseTo((2 - 2.5 + 1) / 2, 12);
  // No negative is beyond 2: the farthest is at 1.5.
  expect((await loss(1, 1.5)).data[0]).toBeCloseTo((2 - 1.5 + 1) / 2, 12);
});

test('a batch of one label has no negatives, and no loss', async () => {
  const loss = await evaluate(
    (d, labels) => tripletLoss(d, labels, { margin: 1 }),
    tensor([2, 2], [0, 1, 1, 0]),
    tensor([2], [7, 7]),
  );
  expect(loss.data).toEqual(Float64Array.of(0));
});

test('gradients agree with finite differences', async () => {
  const labels = tensor([6], [0, 0, 1, 1, 2, 2]);
  await expectTrueGradients(
    (u) => tripletLoss(squaredDistances(u, u), u.graph.constant(labels), { margin: 1 }),
    [6, 3],
  );
});

describe('losses and gradients computed by torch', () => {
  interface Case {
    name: string;
    margin: number;
    labels: number[];
    loss: number;
  }
  const { cases } = goldenJson<{ cases: Case[] }>('triplet/triplet.json');
  const read = (file: string) => readNpy(goldenPath(`triplet/${file}.npy`));

  describe.each(ENGINES)('$engine', ({ compile, ofLoss, ofGradient }) => {
    test.each(cases)('$name', async ({ name, margin, loss: expected, labels }) => {
      const embeddings = read(`${name}.embeddings`);
      const graph = new Graph();
      const z = graph.input('embeddings', embeddings.shape);
      const u = l2Normalise(z);
      const of = graph.constant(tensor([labels.length], labels));
      const loss = tripletLoss(squaredDistances(u, u), of, { margin });
      const program = await compile(graph, [loss, ...gradients(loss, [z, u]).values()], new Map());
      const [value, ...computed] = await program.run(new Map([[z, embeddings.data]]));
      await program.close();
      expect(Math.abs(value.data[0] - expected)).toBeLessThan(ofLoss);
      for (const [i, file] of [`${name}.gradient`, `${name}.gradient_unit`].entries())
        expect(relativeDistance(computed[i].data, read(file).data), file).toBeLessThan(ofGradient);
    });
  });
});
