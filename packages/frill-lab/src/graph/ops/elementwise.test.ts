/** Activations and sums share one table: values by hand, gradients by finite differences. */
import { describe, expect, test } from 'vitest';
import { evaluate, expectTrueGradients } from '../../../../../testing/operations.js';
import { tensor } from '../../tensor/tensor.js';
import { Graph, type Value } from '../graph.js';
import { add } from './add.js';
import { hardSigmoid } from './hard-sigmoid.js';
import { hardSwish } from './hard-swish.js';
import { multiply } from './multiply.js';
import { relu } from './relu.js';
import { rescale } from './rescale.js';
import { subtract } from './subtract.js';

const x = tensor([7], [-4, -3, -1.5, 0, 1.5, 3, 7]);

describe.each<[string, (x: Value) => Value, number[]]>([
  ['relu', relu, [0, 0, 0, 0, 1.5, 3, 7]],
  ['hard-sigmoid', hardSigmoid, [0, 0, 0.25, 0.5, 0.75, 1, 1]],
  ['hard-swish', hardSwish, [0, 0, -0.375, 0, 1.125, 3, 7]],
  ['rescale', (x) => rescale(x, { scale: 2, offset: -1 }), [-9, -7, -4, -1, 2, 5, 13]],
])('%s', (_name, build, expected) => {
  test('values', async () => {
    const { data } = await evaluate(build, x);
    for (const [i, value] of expected.entries()) expect(data[i]).toBeCloseTo(value, 12);
  });

  test('gradient, between and beyond the kinks', async () => {
    await expectTrueGradients(build, tensor([7], [-4, -3.5, -1.5, 0.5, 2.5, 4, 7]));
  });
});

describe.each([
  ['add', add, (a: number, b: number) => a + b],
  ['subtract', subtract, (a: number, b: number) => a - b],
  ['multiply', multiply, (a: number, b: number) => a * b],
] as const)('%s', (name, build, definition) => {
  const image = tensor([2, 1, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]);

  test.each([
    ['equal shapes', [2, 1, 2, 2], [8, 7, 6, 5, 4, 3, 2, 1], [8, 7, 6, 5, 4, 3, 2, 1]],
    ['a scalar', [], [3], [3, 3, 3, 3, 3, 3, 3, 3]],
    ['one number per channel', [2], [3, 5], [3, 5, 3, 5, 3, 5, 3, 5]],
    ['one number per image and channel', [2, 1, 1, 2], [1, 2, 3, 4], [1, 2, 1, 2, 3, 4, 3, 4]],
  ])('%s', async (_title, shape, data, stretched) => {
    const { data: y } = await evaluate(build, image, tensor(shape, data));
    expect([...y]).toEqual(stretched.map((b, i) => definition(image.data[i], b)));
    await expectTrueGradients(build, image.shape, shape);
  });

  test('other shapes are refused', () => {
    const graph = new Graph();
    expect(() => build(graph.input('a', [2, 3]), graph.input('b', [2, 1]))).toThrow(
      new RegExp(`^${name}: .*\\[2, 3\\] \\[2, 1\\]`),
    );
  });
});
