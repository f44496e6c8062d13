import { expect, it } from 'vitest';
import { targetScaler } from './target-scale.js';

const statistics = { mean: Float32Array.of(1, 0, 5), deviation: Float32Array.of(2, 0.5, 1e-6) };

it('standardises each value, leaves out constants, and limits what is rarely anything else to three deviations', () => {
  const rows = Float32Array.of(3, 0.25, 5, -1, 50, 7);
  targetScaler('standardised', statistics)(rows);
  expect([...rows]).toEqual([1, 0.5, 0, -1, 3, 0]);
});

it('leaves raw targets alone', () => {
  const rows = Float32Array.of(3, 0.25, 5);
  targetScaler('raw', statistics)(rows);
  expect([...rows]).toEqual([3, 0.25, 5]);
});
