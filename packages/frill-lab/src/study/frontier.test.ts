import { describe, expect, test } from 'vitest';
import { goldenJson } from '../../../../testing/golden.js';
import { random } from '../tensor/random.js';
import { type Direction, duplicates, frontierDraws, paretoFrontier } from './frontier.js';

interface Golden {
  models: { quality: number; latency_ms: number; size_mib: number }[];
  frontier: Record<string, number[]>;
  duplicates: [number, number][];
}

describe('frontier against independent software', () => {
  const golden = goldenJson<Golden>('stats/stats.json');
  const objectives: Record<string, [keyof Golden['models'][number], Direction][]> = {
    'quality up, latency down': [
      ['quality', 'higher'],
      ['latency_ms', 'lower'],
    ],
    'quality up, size down': [
      ['quality', 'higher'],
      ['size_mib', 'lower'],
    ],
    'quality up, latency down, size down': [
      ['quality', 'higher'],
      ['latency_ms', 'lower'],
      ['size_mib', 'lower'],
    ],
  };
  test.each(Object.keys(objectives))('%s', (name) => {
    const keys = objectives[name];
    const points = golden.models.map((model) => keys.map(([key]) => model[key]));
    const directions = keys.map(([, direction]) => direction);
    expect(paretoFrontier(points, directions)).toEqual(golden.frontier[name]);
  });
  test('equal models are found', () => {
    const points = golden.models.map((model) => [model.quality, model.latency_ms, model.size_mib]);
    expect(duplicates(points)).toEqual(golden.duplicates.map(([a, b]) => [b, a]));
  });
});

test('of equal points both stay; a tie that loses elsewhere goes', () => {
  const points = [
    [5, 1],
    [5, 1],
    [5, 2],
    [4, 1],
  ];
  expect(paretoFrontier(points, ['higher', 'lower'])).toEqual([0, 1]);
});

test('a model far ahead is certain, two within noise of each other share the draws', () => {
  const stream = random('frontier');
  const replicates = Array.from({ length: 2000 }, () => [
    [90 + stream.normal(), 1],
    [70 + stream.normal(), 2],
    [95 + stream.normal(), 5 + stream.normal(0, 0.1)],
    [95 + stream.normal(), 5 + stream.normal(0, 0.1)],
  ]);
  const { certainty, sizes } = frontierDraws(replicates, ['higher', 'lower']);
  expect(certainty[0]).toBeCloseTo(1, 9);
  expect(certainty[1]).toBe(0);
  expect(certainty[2]).toBeCloseTo(0.75, 1);
  expect(certainty[3]).toBeCloseTo(0.75, 1);
  expect(new Set(sizes)).toEqual(new Set([2, 3]));
});
