import { expect, test } from 'vitest';
import { RowOrder, type RowSource, readBatches } from './batches.js';

const rows = Uint32Array.of(3, 5, 8, 13, 21, 34, 55);

/** Row r is [r, r + 0.5]. */
const source: RowSource = {
  rows: 100,
  width: 2,
  read: async (wanted, into) => {
    for (let i = 0; i < wanted.length; i++) into.set([wanted[i], wanted[i] + 0.5], 2 * i);
  },
};

test('an epoch has every row once, epochs differ, and batches run across their border', () => {
  const order = new RowOrder(rows, 'seed');
  const stream = Array.from({ length: 7 }, (_, step) => [...order.batch(step, 3)]).flat();
  const epochs = [stream.slice(0, 7), stream.slice(7, 14), stream.slice(14, 21)];
  for (const epoch of epochs) expect(epoch.toSorted((a, b) => a - b)).toEqual([...rows]);
  expect(epochs[0]).not.toEqual(epochs[1]);
});

test('a batch larger than the training set repeats rows rather than fail', () => {
  expect(new RowOrder(rows, 'seed').batch(2, 20)).toHaveLength(20);
});

test('a step is the same whatever was asked before', () => {
  const order = new RowOrder(rows, 'seed');
  const asked = [0, 1, 2, 3, 4].map((step) => [...order.batch(step, 4)]);
  expect([...new RowOrder(rows, 'seed').batch(4, 4)]).toEqual(asked[4]);
  expect([...new RowOrder(rows, 'other').batch(4, 4)]).not.toEqual(asked[4]);
});

test('batches arrive in order from any step on', async () => {
  const order = new RowOrder(rows, 'seed');
  const seen: number[][] = [];
  for await (const [matrix] of readBatches([source], (step) => order.batch(step, 2), 3, 6))
    seen.push([...matrix]);
  expect(seen).toEqual([3, 4, 5].map((step) => [...order.batch(step, 2)].flatMap((row) => [row, row + 0.5])));
});

test('an error of the reader reaches the trainer', async () => {
  const broken: RowSource = { ...source, read: () => Promise.reject(new Error('disk gone')) };
  const batches = readBatches([broken], () => Uint32Array.of(1), 0, 3);
  await expect(batches.next()).rejects.toThrow('disk gone');
});
