import { describe, expect, test } from 'vitest';
import { goldenJson, goldenPath } from '../../../../../testing/golden.js';
import { evaluate, evaluateIn } from '../../../../../testing/operations.js';
import { compileReference } from '../../engine/reference/reference.js';
import { readNpy } from '../../tensor/npy.js';
import { tensor } from '../../tensor/tensor.js';
import { gradients } from '../autodiff.js';
import { Graph, type Value } from '../graph.js';
import { dense } from './dense.js';
import { channelScales, fakeQuantise, largestCode, quantise } from './fake-quantise.js';
import { multiply } from './multiply.js';
import { sumTo } from './sum-to.js';

test('three bits know seven values, symmetric around zero', async () => {
  const kernel = tensor([4, 1], [-3, 0.4, 0.6, 2]);
  expect((await evaluate(fakeQuantise, kernel, tensor([], [3]))).data).toEqual(Float64Array.of(-3, 0, 1, 2));
});

test('a channel of zeros stays zero', async () => {
  const y = await evaluate(fakeQuantise, tensor([2, 2], [0, 1, 0, -1]), tensor([], [8]));
  expect(y.data).toEqual(Float64Array.of(0, 1, 0, -1));
});

test('24 bits leave float32 weights as they are, to rounding', async () => {
  const kernel = tensor([3, 1], [0.1, -0.7, 0.33].map(Math.fround));
  const { data } = await evaluate(fakeQuantise, kernel, tensor([], [24]));
  for (const [i, value] of data.entries()) expect(Math.abs(value / kernel.data[i] - 1)).toBeLessThan(1e-6);
});

describe('codes and values of the independent fixture', () => {
  const read = (file: string) => readNpy(goldenPath(`fakequant/${file}`));
  const { cases } = goldenJson<{ cases: { name: string; bits: number }[] }>('fakequant/fakequant.json');
  const weights = read('weights.npy');

  test.each(cases)('$bits bits', async ({ name, bits }) => {
    const scales = channelScales(weights, bits);
    expect(Float64Array.from(scales)).toEqual(read(`${name}.scales.npy`).data);
    const codes = weights.data.map((w, i) => quantise(w, scales[i % scales.length], bits) + 0);
    expect(codes).toEqual(read(`${name}.codes.npy`).data.map((code) => code + 0));
    const { data } = await evaluate(fakeQuantise, weights, tensor([], [bits]));
    expect(data.map((v) => v + 0)).toEqual(read(`${name}.values.npy`).data.map((v) => v + 0));
  });

  test.each(cases)('$bits bits in the engine that trains', async ({ name, bits }) => {
    const { data } = await evaluateIn('ort', fakeQuantise, weights, tensor([], [bits]));
    const scales = read(`${name}.scales.npy`).data;
    const codes = read(`${name}.codes.npy`).data;
    for (const [i, value] of data.entries()) {
      const scale = scales[i % scales.length];
      expect(Math.round(value / scale) + 0).toBe(codes[i] + 0);
      expect(Math.abs(value - codes[i] * scale)).toBeLessThanOrEqual(2e-7 * Math.abs(value));
    }
  });

  // The gradient of what was clipped (ties.gradient.npy) has no counterpart: the scales come from the kernel itself, so
  // that its largest weight is the largest code and nothing lies beyond.
  test.each(['reference', 'ort'] as const)('the gradient passes unchanged in %s', async (engine) => {
    const upstream = read('upstream_gradient.npy');
    for (const { name, bits } of cases) {
      expect(Math.max(...read(`${name}.codes.npy`).data)).toBeLessThanOrEqual(largestCode(bits));
      const backward = (kernel: Value, precision: Value, dy: Value) => {
        const loss = sumTo(multiply(fakeQuantise(kernel, precision), dy), []);
        return gradients(loss, [kernel]).get(kernel) ?? kernel;
      };
      const { data } = await evaluateIn(engine, backward, weights, tensor([], [bits]), upstream);
      expect(data).toEqual(upstream.data);
    }
  });

  test('ties go to the even code, and what is out of range is clipped', () => {
    const scales = read('ties.scales.npy').data;
    const codes = read('ties.input.npy').data.map((w, i) => quantise(w, scales[i % scales.length], 8) + 0);
    expect(codes).toEqual(read('ties.codes_half_even.npy').data.map((code) => code + 0));
  });

  describe('a dense layer with 8-bit weights', () => {
    const graph = new Graph();
    const x = graph.input('x', [3, 24]);
    const kernel = graph.input('kernel', [24, 16]);
    const y = dense(
      x,
      fakeQuantise(kernel, graph.constant(tensor([], [8]))),
      graph.constant(read('dense.bias.npy')),
    );
    const gradient = gradients(sumTo(y, []), [kernel]).get(kernel) ?? kernel;
    const program = compileReference(graph, [y, gradient], new Map());
    const feeds = new Map([
      [x, read('dense.input.npy').data],
      [kernel, weights.data],
    ]);

    test.each([
      [0, 'output'],
      [1, 'gradient_weights'],
    ])('%i: %s', async (output, file) => {
      const { data } = (await program.run(feeds))[output];
      const expected = read(`dense.${file}.npy`).data;
      for (const [i, value] of data.entries()) expect(Math.abs(value - expected[i])).toBeLessThan(1e-5);
    });
  });
});
