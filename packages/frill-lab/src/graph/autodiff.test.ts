import { expect, test } from 'vitest';
import { compileReference } from '../engine/reference/reference.js';
import { tensor } from '../tensor/tensor.js';
import { gradients } from './autodiff.js';
import { Graph } from './graph.js';
import { add } from './ops/add.js';
import { multiply } from './ops/multiply.js';
import { reluGradientOp } from './ops/relu.js';
import { sumTo } from './ops/sum-to.js';

test('gradients that meet at one value are added: d (x x + x) = 2x + 1', async () => {
  const graph = new Graph();
  const x = graph.input('x', [2]);
  const loss = sumTo(add(multiply(x, x), x), []);
  const dx = gradients(loss, [x]).get(x) ?? x;
  const [{ data }] = await compileReference(graph, [dx], new Map()).run(
    new Map([[x, Float64Array.of(3, -1)]]),
  );
  expect(data).toEqual(Float64Array.of(7, -1));
});

test('what the loss does not depend on has a gradient of zeros', async () => {
  const graph = new Graph();
  const x = graph.input('x', []);
  const other = graph.input('other', [3]);
  const gradient = gradients(multiply(x, x), [other]).get(other) ?? x;
  const [zeros] = await compileReference(graph, [gradient], new Map()).run(new Map());
  expect(zeros).toEqual(tensor([3]));
});

test('nodes off the way from the wanted values get no backward pass', () => {
  const graph = new Graph();
  const x = graph.input('x', [1, 2]);
  const [frozen] = graph.apply(reluGradientOp, [x, x], {});
  const weight = graph.input('weight', [1, 2]);
  const loss = sumTo(multiply(frozen, weight), []);
  expect(gradients(loss, [weight]).size).toBe(1);
  expect(() => gradients(loss, [x])).toThrow('relu-gradient has no gradient');
});

test('a loss must be a scalar', () => {
  const x = new Graph().input('x', [2]);
  expect(() => gradients(x, [x])).toThrow('the loss must be a scalar, not [2]');
});
