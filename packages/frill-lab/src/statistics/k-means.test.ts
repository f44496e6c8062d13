import { expect, test } from 'vitest';
import { random } from '../tensor/random.js';
import { kMeans, nearest } from './k-means.js';

/** Clouds of 50 points around (0, 0), (10, 0) and (0, 10), in turns. */
const CENTRES = [
  [0, 0],
  [10, 0],
  [0, 10],
];
const numbers = random('clouds');
const points = Float32Array.from({ length: 300 }, (_, i) => CENTRES[(i >> 1) % 3][i % 2] + numbers.normal());

test('finds clouds, and says of each point which it is of', () => {
  const means = kMeans(points, 2, 3, random('start'));
  const groups = nearest(points, 2, means);
  for (const [point, group] of groups.entries()) expect(group).toBe(groups[point % 3]);
  expect(new Set(groups).size).toBe(3);
  for (const [cloud, centre] of CENTRES.entries())
    for (const axis of [0, 1]) expect(means[2 * groups[cloud] + axis]).toBeCloseTo(centre[axis], 0);
});

test('the same stream gives the same means; equal points are no obstacle, too few are', () => {
  expect(kMeans(points, 2, 5, random('a'))).toEqual(kMeans(points, 2, 5, random('a')));
  expect([...kMeans(new Float32Array(8).fill(3), 2, 2, random('a'))]).toEqual([3, 3, 3, 3]);
  expect(() => kMeans(points.subarray(0, 4), 2, 3, random('a'))).toThrow('3 groups of 2 points');
});
