import { expect, it } from 'vitest';
import { ModelError } from '../errors.js';
import { normalProbability, similarity, Viewpoint } from './similarity.js';

it('is the cosine, whatever the lengths', () => {
  const a = Float32Array.of(3, 4);
  expect(similarity(a, a)).toBeCloseTo(1, 12);
  expect(similarity(a, Float32Array.of(-8, 6))).toBeCloseTo(0, 12);
  expect(similarity(a, Float32Array.of(-30, -40))).toBeCloseTo(-1, 12);
  expect(similarity(a, Float32Array.of(1, 0))).toBeCloseTo(0.6, 12);
  expect(similarity(a, new Float32Array(2))).toBe(0);
});

it('refuses embeddings of two models, and NaN', () => {
  expect(() => similarity(new Float32Array(3), new Float32Array(2))).toThrow(ModelError);
  expect(() => similarity(Float32Array.of(1, Number.NaN), Float32Array.of(1, 1))).toThrow(/a: .*NaN/);
});

it('sees directions from the middle of a background', () => {
  const viewpoint = new Viewpoint(2, [Float32Array.of(5, 0), Float32Array.of(0, 7)]);
  const [x, y] = viewpoint.direction(Float32Array.of(2, 0), 'embedding');
  expect(x).toBeCloseTo(Math.SQRT1_2, 12);
  expect(y).toBeCloseTo(-Math.SQRT1_2, 12);
});

it('knows the normal distribution', () => {
  // Values of scipy.stats.norm.cdf.
  for (const [z, expected] of [
    [0, 0.5],
    [1, 0.8413447460685429],
    [-1.6448536269514729, 0.05],
    [3, 0.9986501019683699],
  ])
    expect(normalProbability(z)).toBeCloseTo(expected, 6);
});
