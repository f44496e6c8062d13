/**
 * Every operation and every backward pass, in onnxruntime against the reference engine, on random numbers, with
 * operands in both layouts. The table below must reach each operation of `graph/ops` at least once.
 */
import { describe, expect, test } from 'vitest';
import { gradients } from '../../graph/autodiff.js';
import type { Op } from '../../graph/graph.js';
import { Graph, type Value } from '../../graph/graph.js';
import { neededNodes } from '../../graph/needed.js';
import * as operations from '../../graph/ops/index.js';
import { random } from '../../tensor/random.js';
import { type FloatArray, type Shape, sizeOf, tensor } from '../../tensor/tensor.js';
import { compileReference } from '../reference/reference.js';
import { compileOrt } from './compile.js';

const {
  add,
  batchNorm,
  batchNormTraining,
  blend,
  conv2d,
  dense,
  fakeQuantise,
  depthwiseConv2d,
  flatten,
  globalAveragePool,
  hardSigmoid,
  hardSwish,
  l2Normalise,
  tripletLoss,
  maxPool,
  meanSquaredError,
  multiply,
  normalisedConv2d,
  relu,
  rescale,
  squaredDistances,
  standardise,
  subtract,
  sumTo,
} = operations;

interface Case {
  readonly build: (...inputs: Value[]) => Value;
  readonly shapes: readonly Shape[];
  /** Inputs that must be positive. */
  readonly positive?: readonly number[];
  /** Inputs that get no gradient; all of them for operations that have none. */
  readonly fixed?: readonly number[];
}

const image: Shape = [2, 5, 4, 3];
const epsilon = 1e-3;

const CASES: Record<string, Case> = {
  'add, same': { build: add, shapes: [image, image] },
  'add, channel': { build: add, shapes: [image, [3]] },
  'add, bias of a dense layer': {
    build: add,
    shapes: [[4, 3], [3]],
  },
  'subtract, scalar': { build: subtract, shapes: [image, []] },
  'subtract, channel': { build: subtract, shapes: [image, [3]] },
  'multiply, gate': { build: multiply, shapes: [image, [2, 1, 1, 3]] },
  'multiply, scalar': { build: multiply, shapes: [image, []] },
  'sum to a scalar': { build: (x) => multiply(x, sumTo(x, [])), shapes: [image] },
  'sum to channels': { build: (x) => multiply(x, sumTo(x, [3])), shapes: [image] },
  'sum to a gate': { build: (x) => multiply(x, sumTo(x, [2, 1, 1, 3])), shapes: [image] },
  relu: { build: relu, shapes: [image] },
  'hard sigmoid': { build: (x) => hardSigmoid(rescale(x, { scale: 4 })), shapes: [image] },
  'hard swish': { build: (x) => hardSwish(rescale(x, { scale: 4 })), shapes: [[4, 7]] },
  rescale: { build: (x) => rescale(x, { scale: 1 / 127.5, offset: -1 }), shapes: [image] },
  standardise: {
    build: (x, mean, deviation) => standardise(x, mean, deviation, { top: 0, bottom: 1, left: 2, right: 1 }),
    shapes: [[2, 5, 4, 1], [], []],
    positive: [2],
    fixed: [1, 2],
  },
  blend: { build: blend, shapes: [[4, 7], [4, 7], []], fixed: [2] },
  flatten: { build: flatten, shapes: [image] },
  'flatten one pixel': { build: flatten, shapes: [[2, 1, 1, 6]] },
  'global average pool': { build: globalAveragePool, shapes: [image] },
  'l2-normalise': { build: (x) => l2Normalise(x), shapes: [[4, 7]] },
  'fake quantisation': { build: (w) => fakeQuantise(w, w.graph.constant(tensor([], [6]))), shapes: [[8, 5]] },
  'max pool 3x3 / 2': {
    build: (x) => maxPool(x, { window: 3, stride: 2 }),
    shapes: [[2, 8, 6, 3]],
  },
  'squared distances': {
    build: squaredDistances,
    shapes: [
      [4, 7],
      [5, 7],
    ],
  },
  'triplet loss of labels': {
    build: (u) => {
      const labels = u.graph.constant(tensor([9], [0, 0, 1, 1, 1, 2, 3, 3, 4]));
      return tripletLoss(squaredDistances(u, u), labels, { margin: 3 });
    },
    shapes: [[9, 3]],
  },
  'triplet loss of one label': {
    build: (u) => tripletLoss(squaredDistances(u, u), u.graph.constant(tensor([3])), { margin: 3 }),
    shapes: [[3, 2]],
  },
  'mean squared error': {
    build: meanSquaredError,
    shapes: [
      [4, 7],
      [4, 7],
    ],
    fixed: [1],
  },
  dense: { build: dense, shapes: [[4, 7], [7, 5], [5]] },
  'dense without bias': {
    build: (x, kernel) => dense(x, kernel),
    shapes: [
      [4, 7],
      [7, 5],
    ],
  },
  'batch norm, training': {
    build: (x, gamma, beta) => batchNormTraining(x, gamma, beta, { epsilon }).y,
    shapes: [image, [3], [3]],
  },
  'batch norm': {
    build: (x, gamma, beta, mean, variance) => batchNorm(x, { gamma, beta, mean, variance }, { epsilon }),
    shapes: [image, [3], [3], [3], [3]],
    positive: [4],
    fixed: [0, 1, 2, 3, 4],
  },
  'normalised conv 1x1': {
    build: (x, w, gamma, beta) => normalisedConv2d(x, w, { gamma, beta }, { epsilon }).y,
    shapes: [image, [1, 1, 3, 6], [6], [6]],
  },
  'normalised conv 3x3 / 2': {
    build: (x, w, gamma, beta) => normalisedConv2d(x, w, { gamma, beta }, { stride: 2, epsilon }).y,
    shapes: [[2, 7, 6, 2], [3, 3, 2, 5], [5], [5]],
  },
  'conv 1x1 with bias': { build: (x, w, bias) => conv2d(x, w, { bias }), shapes: [image, [1, 1, 3, 6], [6]] },
  'conv 3x3': { build: (x, w) => conv2d(x, w), shapes: [image, [3, 3, 3, 4]] },
  'conv 3x3 / 2, odd extents': {
    build: (x, w) => conv2d(x, w, { stride: 2 }),
    shapes: [
      [2, 7, 5, 2],
      [3, 3, 2, 4],
    ],
  },
  'conv 1x1 / 2': {
    build: (x, w) => conv2d(x, w, { stride: 2 }),
    shapes: [
      [2, 6, 4, 2],
      [1, 1, 2, 4],
    ],
  },
  'conv 5x3, valid': {
    build: (x, w) => conv2d(x, w, { padding: 'valid' }),
    shapes: [
      [2, 7, 5, 2],
      [5, 3, 2, 4],
    ],
  },
  'conv 7x7 / 2 of one channel': {
    build: (x, w) => conv2d(x, w, { stride: 2 }),
    shapes: [
      [2, 12, 8, 1],
      [7, 7, 1, 4],
    ],
  },
  'depthwise 3x3 with bias': {
    build: (x, w, bias) => depthwiseConv2d(x, w, { bias }),
    shapes: [image, [3, 3, 3, 1], [3]],
  },
  'depthwise 5x5 / 2': {
    build: (x, w) => depthwiseConv2d(x, w, { stride: 2, padding: { top: 1, bottom: 2, left: 1, right: 2 } }),
    shapes: [
      [2, 6, 4, 3],
      [5, 5, 3, 1],
    ],
  },
  'depthwise 3x3 on a large map': {
    build: (x, w) => depthwiseConv2d(x, w),
    shapes: [
      [2, 14, 12, 2],
      [3, 3, 2, 1],
    ],
  },
  'depthwise 5x5 / 2 on a large map': {
    build: (x, w) => depthwiseConv2d(x, w, { stride: 2, padding: { top: 1, bottom: 2, left: 1, right: 2 } }),
    shapes: [
      [2, 20, 24, 2],
      [5, 5, 2, 1],
    ],
  },
  'depthwise 3x3 / 2 on a large map of odd extents': {
    build: (x, w) => depthwiseConv2d(x, w, { stride: 2 }),
    shapes: [
      [2, 21, 23, 2],
      [3, 3, 2, 1],
    ],
  },
};

/** Does nothing but move a value into the `channels` layout. */
const inChannels: Op<object> = {
  name: 'in-channels',
  shape: ([x]) => [x],
  reference: ([x]) => [x],
  gradient: (_node, [dy]) => [dy],
  onnx: (emit, { inputs: [x], outputs: [y] }) => emit.define(y, emit.channels(x), 'channels'),
};

/** The result, its gradients under a random weighting, and numbers for the inputs. */
function network({ build, shapes, positive = [], fixed = [] }: Case, layout: 'channels' | 'logical') {
  const graph = new Graph();
  const inputs = shapes.map((shape, i) => graph.input(`input${i}`, shape));
  const operands =
    layout === 'logical' ? inputs : inputs.map((input) => graph.apply(inChannels, [input], {})[0]);
  const y = build(...operands);
  const weighting = graph.input('weighting', y.shape);
  const wanted = inputs.filter((_, i) => !fixed.includes(i));
  const found = wanted.length > 0 ? gradients(sumTo(multiply(y, weighting), []), wanted) : new Map();
  const numbers = random('ort/operations');
  const draw = (shape: Shape, sign: (x: number) => number) =>
    Float32Array.from({ length: sizeOf(shape) }, () => sign(numbers.normal()));
  const feeds = new Map<Value, FloatArray>(
    inputs.map((input, i) => [
      input,
      draw(input.shape, positive.includes(i) ? (x) => 0.5 + Math.abs(x) : (x) => x),
    ]),
  );
  feeds.set(
    weighting,
    draw(y.shape, (x) => x),
  );
  const outputs = [y, ...wanted.map((input) => found.get(input) ?? y)];
  return { graph, outputs, feeds };
}

describe.each(Object.entries(CASES))('%s', (_title, item) => {
  test.each(['logical', 'channels'] as const)('with operands in the %s layout', async (layout) => {
    const { graph, outputs, feeds } = network(item, layout);
    const expected = await compileReference(graph, outputs, new Map()).run(feeds);
    const program = await compileOrt(graph, outputs, new Map(), { threads: 1 });
    // Twice, because a node that wrote over a constant would only show then.
    await program.run(feeds);
    const actual = await program.run(feeds);
    await program.close();
    for (const [i, { shape, data }] of expected.entries()) {
      expect(actual[i].shape).toEqual(shape);
      let square = 0;
      let norm = 0;
      for (let k = 0; k < data.length; k++) {
        square += (actual[i].data[k] - data[k]) ** 2;
        norm += data[k] ** 2;
      }
      expect(Math.sqrt(square), `output ${i}`).toBeLessThanOrEqual(2e-6 * Math.max(1, Math.sqrt(norm)));
    }
  });
});

test('the table reaches every operation', () => {
  const reached = new Set(
    Object.values(CASES).flatMap((item) =>
      neededNodes(network(item, 'logical').outputs).map((node) => node.op.name),
    ),
  );
  const existing = Object.entries(operations).flatMap(([name, exported]) =>
    name.endsWith('Op') && typeof exported === 'object' ? [exported.name] : [],
  );
  expect(existing.filter((name) => !reached.has(name))).toEqual([]);
});
