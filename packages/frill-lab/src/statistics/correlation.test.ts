import { expect, test } from 'vitest';
import { correlation, rankCorrelation } from './correlation.js';

test('correlation and interval of known numbers', () => {
  // numpy.corrcoef gives 0.7745966692; Fisher: tanh(atanh(r) +- 1.96 / sqrt(2)).
  const found = correlation([1, 2, 3, 4, 5], [2, 4, 5, 4, 5]);
  expect(found?.r).toBeCloseTo(0.7745966692, 9);
  expect(found?.interval[0]).toBeCloseTo(Math.tanh(1.0317185 - 1.3859293), 5);
  expect(found?.interval[1]).toBeCloseTo(Math.tanh(1.0317185 + 1.3859293), 5);
});

test('what cannot be known is not said', () => {
  expect(correlation([1, 2, 3], [1, 2, 3])).toBeUndefined();
  expect(correlation([1, 1, 1, 1], [1, 2, 3, 4])).toBeUndefined();
  expect(correlation([1, 2, 3, Number.NaN], [1, 2, 3, 4])).toBeUndefined();
  expect(correlation([1, 2, 3, 4], [2, 4, 6, 8])).toEqual({ r: 1, interval: [1, 1], count: 4 });
});

test('rank correlation sees order alone, and shares the ranks of ties', () => {
  expect(rankCorrelation([1, 2, 3, 4], [1, 10, 100, 1000])).toBe(1);
  expect(rankCorrelation([1, 2, 3, 4], [9, 5, 3, 1])).toBe(-1);
  // Ranks 1, 2.5, 2.5, 4, 5 and 2, 1, 3.5, 3.5, 5: products sum to 7.25, squares to 9.5 on either side.
  expect(rankCorrelation([1, 2, 2, 3, 5], [2, 1, 4, 4, 6])).toBeCloseTo(7.25 / 9.5, 12);
});
