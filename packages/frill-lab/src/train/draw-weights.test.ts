import { expect, test } from 'vitest';
import type { RowSource } from './batches.js';
import { drawWeights } from './draw-weights.js';

/** Rows of which every tenth of 100 lies elsewhere; the last value is noise that no cluster may be sought in. */
const targets: RowSource = {
  rows: 100,
  width: 2,
  async read(rows, into) {
    for (const [i, row] of Array.from(rows).entries())
      into.set([row % 10 === 0 ? 50 : 0, (row % 7) / 10], 2 * i);
  },
};
const rows = Uint32Array.from({ length: 100 }, (_, i) => i);
const share = (weights: Float64Array | undefined, chosen: (row: number) => boolean) => {
  const sum = (some: Float64Array | undefined) =>
    some?.reduce((total, weight) => total + weight, 0) ?? Number.NaN;
  return sum(weights?.filter((_, row) => chosen(row))) / sum(weights);
};
const rare = (row: number) => row % 10 === 0;

test('clusters of the teacher are drawn from equally often, sources as the temperature says', async () => {
  const source = (row: number) => (row < 20 ? 1 : 0);
  const balance = (temperature: number, clusters: number) =>
    drawWeights(rows, source, targets, { temperature, clusters, seed: 'test' });
  expect(await balance(1, 0)).toBeUndefined();
  expect(share(await balance(1, 2), rare)).toBeCloseTo(0.5);
  expect(share(await balance(Number.POSITIVE_INFINITY, 0), (row) => row < 20)).toBeCloseTo(0.5);
  // Both at once: a row of the small source weighs four times as much as another of its cluster.
  const both = await balance(Number.POSITIVE_INFINITY, 2);
  expect((both?.[10] ?? 0) / (both?.[90] ?? 1)).toBeCloseTo(4);
  expect(await balance(1, 2)).toEqual(await balance(1, 2));
});
