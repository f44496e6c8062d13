import { describe, expect, test } from 'vitest';
import { evaluate, expectTrueGradients } from '../../../../../testing/operations.js';
import { tensor } from '../../tensor/tensor.js';
import { Graph } from '../graph.js';
import { depthwiseConv2d } from './depthwise-conv2d.js';

test('each channel meets its own kernel', async () => {
  const y = await evaluate(
    (x, kernel, bias) => depthwiseConv2d(x, kernel, { padding: 'valid', bias }),
    tensor([1, 2, 2, 2], [1, 10, 2, 20, 3, 30, 4, 40]),
    tensor([2, 2, 2, 1], [1, 0, 1, 0, 1, 0, 1, 2]),
    tensor([2], [0.5, 0.25]),
  );
  expect(y).toEqual(tensor([1, 1, 1, 2], [10.5, 80.25]));
});

describe('gradients agree with finite differences', () => {
  test.each([
    ['3x3', 3, { stride: 1 }],
    ['5x5, stride 2', 5, { stride: 2 }],
  ] as const)('%s', async (_title, extent, options) => {
    await expectTrueGradients(
      (x, kernel, bias) => depthwiseConv2d(x, kernel, { ...options, bias }),
      [2, 4, 5, 3],
      [extent, extent, 3, 1],
      [3],
    );
  });
});

test('a kernel of other channels is refused with the shapes', () => {
  const graph = new Graph();
  const build = () => depthwiseConv2d(graph.input('x', [1, 4, 4, 3]), graph.input('w', [3, 3, 2, 1]));
  expect(build).toThrow(/^depthwise-conv2d: .*\[1, 4, 4, 3\] \[3, 3, 2, 1\]/);
});
