import { expect, test } from 'vitest';
import { tensor, type Weights } from '../tensor/tensor.js';
import { setStandardisation } from './standardisation.js';

function empty(): Weights {
  return new Map(
    ['standardise/mean', 'standardise/deviation'].map((name) => [
      name,
      { shape: [], data: new Float32Array(1) },
    ]),
  );
}

test('mean and deviation are those of the values of all bands together', () => {
  const bands = [
    [1, 2, 6],
    [-4, 0, 1],
  ];
  const moments = (values: number[]) => {
    const mean = values.reduce((a, b) => a + b) / values.length;
    return {
      mean,
      deviation: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length),
    };
  };
  const each = bands.map(moments);
  const weights = empty();
  setStandardisation(weights, {
    mean: Float32Array.from(each, ({ mean }) => mean),
    deviation: Float32Array.from(each, ({ deviation }) => deviation),
  });
  const all = moments(bands.flat());
  expect(weights.get('standardise/mean')?.data[0]).toBeCloseTo(all.mean, 6);
  expect(weights.get('standardise/deviation')?.data[0]).toBeCloseTo(all.deviation, 6);
});

test('silence alone is not divided by zero, and other networks are left alone', () => {
  const silence = { mean: new Float32Array(64).fill(-6), deviation: new Float32Array(64) };
  const weights = empty();
  setStandardisation(weights, silence);
  expect(weights.get('standardise/deviation')?.data[0]).toBeGreaterThan(0);
  const rescaled: Weights = new Map([['kernel', { ...tensor([1]), data: Float32Array.of(3) }]]);
  setStandardisation(rescaled, silence);
  expect(rescaled).toEqual(new Map([['kernel', { ...tensor([1]), data: Float32Array.of(3) }]]));
});
