import { expect, test } from 'vitest';
import { exampleResults } from '../../../../testing/study-results.js';
import { random } from '../tensor/random.js';
import { analyse } from './analysis.js';
import { factorsOf } from './effects.js';
import { fullGrid } from './grid.js';
import { matchedPairs, type PairedStudent } from './pairs.js';

/** Measurements that follow a formula exactly. */
function made(config: PairedStudent['config']): PairedStudent {
  const { size, width, gap, compression, qat } = factorsOf(config);
  const depth = ['tiny', 'small', 'large'].indexOf(size);
  return {
    config,
    quality: 0.3 + 0.05 * depth + 0.02 * Math.log2(width) + 0.01 * gap - 0.03 * compression,
    latencyMs: 2 ** depth * width * (gap ? 0.5 : 1) * (qat ? 1.1 : 1),
    bytes: 1e6 * 3 ** depth * width ** 2 * (compression ? 0.25 : 1),
    explained: 0.1 + 0.2 * depth,
  };
}

const students = fullGrid().map(made);
const certain = Array.from({ length: 20 }, () => ({
  quality: students.map(({ quality }) => quality),
  latencyMs: students.map(({ latencyMs }) => latencyMs),
}));

test('differences in one choice alone are found as they were put in', () => {
  const pairs = matchedPairs(students, certain, random('pairs'));
  const found = pairs.map(({ title, pairs, quality, latency, size, explained }) => [
    title,
    pairs,
    ...[quality, latency, size, explained].map((effect) => Number(effect?.mean.toFixed(6))),
  ]);
  expect(found).toEqual([
    ['small instead of tiny', 48, 5, 2, 3, 20],
    ['large instead of small', 48, 5, 2, 3, 20],
    ['width doubled', 72, 2, 2, 4, 0],
    ['average pooling (GAP)', 72, 1, 0.5, 1, 0],
    ['compression', 72, -3, 1, 0.25, 0],
    ['quantisation-aware', 72, 0, 1.1, 1, 0],
  ]);
  for (const { quality, qualityDeviation } of pairs) {
    expect(quality.interval[1] - quality.interval[0]).toBeLessThan(1e-9);
    expect(qualityDeviation).toBeLessThan(1e-9);
  }
});

test('intervals tell differences that are there from those that are not', () => {
  const { pairs } = analyse(exampleResults());
  const of = (title: string) => pairs.find((pair) => pair.title === title);
  expect(of('large instead of small')?.quality.interval[0]).toBeGreaterThan(0);
  expect(of('compression')?.quality.interval[1]).toBeLessThan(0);
  expect(of('quantisation-aware')?.qualityDeviation).toBeGreaterThan(1);
  for (const { quality, latency, size } of pairs)
    for (const effect of [quality, latency, size]) {
      expect(effect?.interval[0]).toBeLessThanOrEqual(effect?.mean ?? Number.NaN);
      expect(effect?.interval[1]).toBeGreaterThanOrEqual(effect?.mean ?? Number.NaN);
    }
});

test('without latencies the rest is there; without pairs nothing is', () => {
  const { latency: _, ...results } = exampleResults();
  const [first] = analyse({ ...results, latency: undefined }).pairs;
  expect(first.latency).toBeUndefined();
  expect(first.quality.mean).toBeGreaterThan(0);
  expect(analyse(exampleResults('tiny-1-gap large-2-flat')).pairs).toEqual([]);
});
