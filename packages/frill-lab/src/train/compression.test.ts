import { afterAll, beforeAll, expect, test } from 'vitest';
import { product } from '../linear-algebra/matrix.js';
import { lowRankFactors } from '../linear-algebra/svd.js';
import { random } from '../tensor/random.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import { Compression, dropKernel, type OptimiserState } from './compression.js';

const [ins, outs, rank] = [40, 30, 5];

let compression: Compression;
beforeAll(async () => {
  compression = await Compression.create(ins, outs, rank, 1);
});
afterAll(() => compression.close());

/** A kernel with a few strong directions, as trained ones have, and moments of the size of gradients. */
function trained(): OptimiserState {
  const stream = random('trained');
  const normal = (size: number) => Float32Array.from({ length: size }, () => stream.normal());
  const low = product(tensor([ins, rank], normal(ins * rank)), tensor([rank, outs], normal(rank * outs)));
  const noise = normal(ins * outs);
  const one = (data: Float32Array) => new Map([['bottleneck/kernel', { shape: [ins, outs], data }]]);
  return {
    weights: one(Float32Array.from(low.data, (value, i) => value + 0.05 * noise[i])),
    firstMoments: one(normal(ins * outs)),
    secondMoments: one(normal(ins * outs).map((value) => value * value)),
  };
}

function matrix(tensors: OptimiserState['weights'], name: string): Tensor {
  const found = tensors.get(`bottleneck/${name}`);
  if (!found) throw new Error(`${name} is missing`);
  return tensor(found.shape, found.data);
}

function relativeDifference(a: Tensor, b: Tensor): number {
  const norm = (values: Float64Array) => Math.hypot(...values);
  return norm(a.data.map((value, i) => value - b.data[i])) / norm(b.data);
}

function factored({ weights }: OptimiserState): Tensor {
  return product(matrix(weights, 'factor_b'), matrix(weights, 'factor_c'));
}

function bestOf(layer: Tensor): Tensor {
  const { left, right } = lowRankFactors(layer, rank);
  return product(left, right);
}

test('the factors begin as the best approximation of the kernel', async () => {
  const state = trained();
  await compression.begin(state, random('begin'));
  expect(relativeDifference(factored(state), bestOf(matrix(state.weights, 'kernel')))).toBeLessThan(1e-5);
});

test("the factors' moments are those of the kernel by the chain rule", async () => {
  const state = trained();
  await compression.begin(state, random('begin'));
  const turned = (a: Tensor) =>
    tensor(
      [a.shape[1], a.shape[0]],
      Float64Array.from({ length: a.data.length }, (_, i) => {
        const [row, column] = [Math.floor(i / a.shape[0]), i % a.shape[0]];
        return a.data[column * a.shape[1] + row];
      }),
    );
  const square = (a: Tensor) =>
    tensor(
      a.shape,
      a.data.map((value) => value * value),
    );
  const { weights, firstMoments, secondMoments } = state;
  const [b, c] = [matrix(weights, 'factor_b'), matrix(weights, 'factor_c')];
  const [m, v] = [matrix(firstMoments, 'kernel'), matrix(secondMoments, 'kernel')];
  for (const [found, expected] of [
    [matrix(firstMoments, 'factor_b'), product(m, turned(c))],
    [matrix(firstMoments, 'factor_c'), product(turned(b), m)],
    [matrix(secondMoments, 'factor_b'), product(v, turned(square(c)))],
    [matrix(secondMoments, 'factor_c'), product(turned(square(b)), v)],
  ])
    expect(relativeDifference(found, expected)).toBeLessThan(1e-5);
});

test('later factors follow the whole layer, and stay near the earlier ones', async () => {
  const state = trained();
  await compression.begin(state, random('begin'));
  const before = matrix(state.weights, 'factor_b');
  const stream = random('training');
  for (const { data } of state.weights.values())
    for (let i = 0; i < data.length; i++) data[i] += 0.01 * stream.normal();
  const alpha = 0.4;
  const layer = tensor(
    [ins, outs],
    factored(state).data.map(
      (value, i) => alpha * matrix(state.weights, 'kernel').data[i] + (1 - alpha) * value,
    ),
  );
  await compression.refactorise(state.weights, alpha, random('later'));
  expect(relativeDifference(factored(state), bestOf(layer))).toBeLessThan(1e-3);
  expect(relativeDifference(matrix(state.weights, 'factor_b'), before)).toBeLessThan(0.05);
});

test('at the end the kernel and its moments are gone', () => {
  const state = trained();
  dropKernel(state);
  for (const tensors of Object.values(state)) expect(tensors.has('bottleneck/kernel')).toBe(false);
});
