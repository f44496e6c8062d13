import { describe, expect, test } from 'vitest';
import { goldenPath } from '../../../../testing/golden.js';
import { readNpy } from '../tensor/npy.js';
import { adamStep, updateStatistic } from './adam.js';

test('the first step has the size of the learning rate, whatever the gradient', () => {
  const weight = Float64Array.of(1, 1, 1);
  const moments = { m: new Float64Array(3), v: new Float64Array(3) };
  adamStep(weight, Float64Array.of(5, -0.5, 0), moments, 1, 0.1);
  expect(weight[0]).toBeCloseTo(0.9, 6);
  expect(weight[1]).toBeCloseTo(1.1, 6);
  expect(weight[2]).toBe(1);
});

test('a statistic keeps its momentum', () => {
  const statistic = Float64Array.of(2);
  updateStatistic(statistic, Float64Array.of(10), 0.75);
  expect(statistic[0]).toBe(0.75 * 2 + 0.25 * 10);
});

describe('six steps of the independent fixture', () => {
  const read = (name: string) => readNpy(goldenPath(`network/adam/${name}.npy`)).data;

  test.each([
    ['float64', Float64Array, 1e-12],
    ['float32', Float32Array, 1e-6],
  ] as const)('%s', (_title, Floats, tolerance) => {
    const weight = Floats.from(read('start'));
    const moments = { m: new Floats(64), v: new Floats(64) };
    const gradients = read('gradients');
    const expected = read('parameters_keras');
    for (let step = 0; step < 6; step++) {
      adamStep(weight, gradients.subarray(step * 64, (step + 1) * 64), moments, step + 1, 1e-3);
      for (const [i, value] of weight.entries())
        expect(Math.abs(value - expected[step * 64 + i])).toBeLessThanOrEqual(tolerance);
    }
  });
});
