import { expect, test } from 'vitest';
import { evaluate, expectTrueGradients } from '../../../../../testing/operations.js';
import { tensor } from '../../tensor/tensor.js';
import { Graph } from '../graph.js';
import { dense } from './dense.js';

test('a row times a matrix, plus the bias', async () => {
  const y = await evaluate(
    dense,
    tensor([2, 2], [1, 2, 3, 4]),
    tensor([2, 3], [1, 0, 1, 0, 1, 1]),
    tensor([3], [10, 20, 30]),
  );
  expect(y).toEqual(tensor([2, 3], [11, 22, 33, 13, 24, 37]));
});

test('gradients agree with finite differences, with and without bias', async () => {
  await expectTrueGradients(dense, [3, 4], [4, 2], [2]);
  await expectTrueGradients(dense, [3, 4], [4, 2]);
});

test('widths that differ are refused with the shapes', () => {
  const graph = new Graph();
  const build = () => dense(graph.input('x', [1, 4]), graph.input('w', [3, 2]));
  expect(build).toThrow(/^dense: .*\[1, 4\] \[3, 2\]/);
});
