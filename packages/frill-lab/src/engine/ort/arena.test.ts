import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileKernel, kernelModule } from '../../../../../kernels/build.js';
import { goldenPath } from '../../../../../testing/golden.js';
import { Graph } from '../../graph/graph.js';
import { readNpy } from '../../tensor/npy.js';
import { ADAM, adamRate } from '../adam.js';
import { Arena } from './arena.js';

test('the committed kernel is what its source compiles to', async () => {
  expect(readFileSync(kernelModule('adam'), 'utf8')).toBe(await compileKernel('adam'));
});

test('tensors of any size share a memory without touching each other', () => {
  const graph = new Graph();
  const weights = [1, 3, 17].map((size) => graph.weight(`w${size}`, [size], { kind: 'zeros' }));
  const arena = new Arena(weights);
  for (const weight of weights) arena.slot(weight).gradients.fill(weight.shape[0]);
  arena.adam(adamRate(1, 0.5, ADAM), ADAM);
  for (const weight of weights) {
    const { parameters, firstMoments } = arena.slot(weight);
    for (const parameter of parameters) expect(parameter).toBeCloseTo(-0.5, 5);
    for (const moment of firstMoments) expect(moment).toBeCloseTo(0.1 * weight.shape[0], 5);
  }
});

test('more parameters than a memory holds are refused', () => {
  const graph = new Graph();
  expect(() => new Arena([graph.weight('w', [2 ** 15, 2 ** 14], { kind: 'zeros' })])).toThrow(
    /takes 8589934592 bytes, and a memory holds 4294967296/,
  );
});

describe('Adam against numpy', () => {
  const read = (name: string) => readNpy(goldenPath(`network/adam/${name}.npy`));

  test('six steps from gradients of 1e-10 to 1e2 meet 1e-6', () => {
    const start = read('start').data;
    const gradients = read('gradients').data;
    const expected = read('parameters_keras').data;
    const graph = new Graph();
    const weight = graph.weight('w', [64], { kind: 'zeros' });
    const arena = new Arena([weight]);
    const slot = arena.slot(weight);
    slot.parameters.set(start);
    for (let step = 1; step <= 6; step++) {
      slot.gradients.set(gradients.subarray((step - 1) * 64, step * 64));
      arena.adam(adamRate(step, 1e-3, ADAM), ADAM);
      for (let i = 0; i < 64; i++)
        expect(Math.abs(slot.parameters[i] - expected[(step - 1) * 64 + i])).toBeLessThan(1e-6);
    }
    const [m, v] = [read('m').data, read('v').data];
    for (let i = 0; i < 64; i++) {
      expect(Math.abs(slot.firstMoments[i] - m[i])).toBeLessThan(1e-6 * Math.max(1, Math.abs(m[i])));
      expect(Math.abs(slot.secondMoments[i] - v[i])).toBeLessThan(1e-6 * Math.max(1, Math.abs(v[i])));
    }
  });
});
