import { expect, test } from 'vitest';
import { relativeDistance } from '../../../../../testing/network-fixture.js';
import { evaluate, expectTrueGradients } from '../../../../../testing/operations.js';
import { sharedJson, sharedPath, withShared } from '../../../../../testing/shared.js';
import { compileReference } from '../../engine/reference/reference.js';
import { readNpy } from '../../tensor/npy.js';
import { tensor } from '../../tensor/tensor.js';
import { gradients } from '../autodiff.js';
import { Graph } from '../graph.js';
import { l2Normalise } from './l2-normalise.js';
import { squaredDistances } from './squared-distances.js';
import { labelTripletLoss, pairTripletLoss } from './triplet-loss.js';

/** Relative for gradients, absolute for losses; the fixture's own bound for float64. */
const TOLERANCE = 1e-10;

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

withShared('losses and gradients computed by torch', 'golden/triplet', () => {
  interface Case {
    name: string;
    definition: 'labels' | 'pairs';
    margin: number;
    labels?: number[];
    loss: number;
  }
  const { cases } = sharedJson<{ cases: Case[] }>('golden/triplet/triplet.json');
  const read = (file: string) => readNpy(sharedPath(`golden/triplet/${file}.npy`));

  test.each(cases.filter(({ definition }) => definition === 'labels'))('$name', async (fixture) => {
    const { name, margin, labels = [] } = fixture;
    const embeddings = read(`${name}.embeddings`);
    const graph = new Graph();
    const z = graph.input('embeddings', embeddings.shape);
    const u = l2Normalise(z);
    const loss = labelTripletLoss(squaredDistances(u, u), graph.constant(tensor([labels.length], labels)), {
      margin,
    });
    const derivatives = [...gradients(loss, [z, u]).values()];
    const [value, byEmbedding, byUnit] = await compileReference(graph, [loss, ...derivatives], new Map()).run(
      new Map([[z, embeddings.data]]),
    );
    expect(Math.abs(value.data[0] - fixture.loss)).toBeLessThan(TOLERANCE);
    expect(relativeDistance(byEmbedding.data, read(`${name}.gradient`).data)).toBeLessThan(TOLERANCE);
    expect(relativeDistance(byUnit.data, read(`${name}.gradient_unit`).data)).toBeLessThan(TOLERANCE);
  });

  test.each(cases.filter(({ definition }) => definition === 'pairs'))(
    '$name',
    async ({ name, margin, ...fixture }) => {
      const graph = new Graph();
      const sides = ['anchors', 'positives'].map((side) => ({ side, stored: read(`${name}.${side}`) }));
      const inputs = sides.map(({ side, stored }) => graph.input(side, stored.shape));
      const [anchors, positives] = inputs.map((input) => l2Normalise(input));
      const loss = pairTripletLoss(squaredDistances(anchors, positives), { margin });
      const derivatives = [...gradients(loss, inputs).values()];
      const [value, ...computed] = await compileReference(graph, [loss, ...derivatives], new Map()).run(
        new Map(inputs.map((input, i) => [input, sides[i].stored.data])),
      );
      expect(Math.abs(value.data[0] - fixture.loss)).toBeLessThan(TOLERANCE);
      for (const [i, { side }] of sides.entries())
        expect(relativeDistance(computed[i].data, read(`${name}.gradient_${side}`).data)).toBeLessThan(
          TOLERANCE,
        );
    },
  );
});
