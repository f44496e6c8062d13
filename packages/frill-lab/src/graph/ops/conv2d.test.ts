import { describe, expect, test } from 'vitest';
import { evaluate, expectTrueGradients } from '../../../../../testing/operations.js';
import { tensor } from '../../tensor/tensor.js';
import { Graph } from '../graph.js';
import { conv2d } from './conv2d.js';

const counting = (shape: number[]) =>
  tensor(
    shape,
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
  );

test('a 2x2 box over a 3x3 image, by hand', async () => {
  const y = await evaluate(
    (x, kernel) => conv2d(x, kernel, { padding: 'valid' }),
    counting([1, 3, 3, 1]),
    tensor([2, 2, 1, 1], [1, 1, 1, 1]),
  );
  expect(y).toEqual(tensor([1, 2, 2, 1], [0 + 1 + 3 + 4, 1 + 2 + 4 + 5, 3 + 4 + 6 + 7, 4 + 5 + 7 + 8]));
});

test("an odd margin of 'same' lies at the bottom and right", async () => {
  const y = await evaluate(
    (x, kernel) => conv2d(x, kernel, { stride: 2 }),
    counting([1, 4, 4, 1]),
    tensor([3, 3, 1, 1], [1, 0, 0, 0, 0, 0, 0, 0, 0]),
  );
  expect(y).toEqual(tensor([1, 2, 2, 1], [0, 2, 8, 10]));
});

test('1x1 is a matrix product over pixels, plus the bias', async () => {
  const y = await evaluate(
    (x, kernel, bias) => conv2d(x, kernel, { bias }),
    tensor([1, 1, 2, 2], [1, 2, 3, 4]),
    tensor([1, 1, 2, 3], [1, 0, 1, 0, 1, 1]),
    tensor([3], [10, 20, 30]),
  );
  expect(y).toEqual(tensor([1, 1, 2, 3], [11, 22, 33, 13, 24, 37]));
});

describe('gradients agree with finite differences', () => {
  test.each([
    ['1x1', [1, 1], { stride: 1 }],
    ['3x3, stride 2', [3, 3], { stride: 2 }],
    ['5x3, valid', [5, 3], { padding: 'valid' }],
    ['2x2, explicit margins', [2, 2], { padding: { top: 1, bottom: 0, left: 0, right: 2 } }],
  ] as const)('%s', async (_title, [rows, columns], options) => {
    await expectTrueGradients(
      (x, kernel, bias) => conv2d(x, kernel, { ...options, bias }),
      [2, 5, 4, 2],
      [rows, columns, 2, 3],
      [3],
    );
  });
});

test.each([
  ['channels that differ', [1, 4, 4, 3], [3, 3, 2, 8]],
  ['a kernel of three axes', [1, 4, 4, 3], [3, 3, 3]],
  ['a window larger than the image', [1, 2, 2, 3], [3, 3, 3, 1]],
])('%s are refused with the shapes', (_title, image, kernel) => {
  const graph = new Graph();
  const build = () => conv2d(graph.input('x', image), graph.input('w', kernel), { padding: 'valid' });
  expect(build).toThrow(/^conv2d: .*\[1, /);
});
