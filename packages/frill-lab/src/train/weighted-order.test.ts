import { expect, test } from 'vitest';
import { groupWeights, WeightedOrder } from './weighted-order.js';

const rows = Uint32Array.from({ length: 100 }, (_, i) => 1000 + i);

test('temperature gives groups the shares it promises', () => {
  const groups = Uint32Array.from({ length: 100 }, (_, i) => (i < 90 ? 0 : 1));
  const shareOfSmall = (temperature: number) => {
    const weights = groupWeights(groups, temperature);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.subarray(90).reduce((sum, weight) => sum + weight, 0) / total;
  };
  expect(shareOfSmall(1)).toBeCloseTo(0.1);
  expect(shareOfSmall(2)).toBeCloseTo(Math.sqrt(10) / (Math.sqrt(10) + Math.sqrt(90)));
  expect(shareOfSmall(Number.POSITIVE_INFINITY)).toBeCloseTo(0.5);
});

test('rows are drawn as often as they weigh, and a step is drawn alike whatever came before', () => {
  const weights = Float64Array.from(rows, (_, i) => (i === 7 ? 99 : 1));
  const order = new WeightedOrder(rows, weights, 'seed');
  const drawn = Array.from({ length: 200 }, (_, step) => [...order.batch(step, 50)]).flat();
  expect(drawn.filter((row) => row === 1007).length / drawn.length).toBeCloseTo(0.5, 1);
  expect(new Set(drawn).size).toBe(100);
  expect(new WeightedOrder(rows, weights, 'seed').batch(150, 50)).toEqual(order.batch(150, 50));
  expect(order.batch(150, 50)).not.toEqual(order.batch(151, 50));
});
