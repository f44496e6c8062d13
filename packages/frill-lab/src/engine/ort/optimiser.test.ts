import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Graph, type Value } from '../../graph/graph.js';
import { random } from '../../tensor/random.js';
import { sizeOf } from '../../tensor/tensor.js';
import { ADAM } from '../adam.js';
import { Optimiser } from './optimiser.js';

/** Tests run on sources; the second thread is the build's. */
const worker = new URL('../../../dist/engine/ort/adam-worker.js', import.meta.url);

/** Small and large tensors, of sizes that are no multiple of what a kernel takes at a time. */
function networkWeights(): Value[] {
  const graph = new Graph();
  const shapes = [[3], [70_001], [300, 301], [17], [66_000], [5000]];
  return shapes.map((shape, i) => graph.weight(`w${i}`, shape, { kind: 'zeros' }));
}

function fillGradients(optimiser: Optimiser, weights: readonly Value[], step: number): void {
  for (const weight of weights) {
    const numbers = random(`${weight.name} ${step}`);
    const { gradients } = optimiser.slot(weight);
    gradients.fill(numbers.normal());
    gradients[gradients.length - 1] = numbers.normal();
  }
}

/** Parameters and moments of all tensors, copied. */
function numbersOf(optimiser: Optimiser, weights: readonly Value[]) {
  const moments = optimiser.moments();
  return weights.map((weight) => {
    const { firstMoments, secondMoments } = moments(weight);
    return [optimiser.slot(weight).parameters, firstMoments, secondMoments].map((part) => part.slice());
  });
}

function bitsOf(numbers: readonly (readonly Float32Array[])[]): string {
  const hash = createHash('sha1');
  for (const part of numbers.flat()) hash.update(part);
  return hash.digest('hex');
}

test('two threads give the bits of one, through restoring too', async () => {
  const weights = networkWeights();
  const [alone, together] = [1, 2].map((threads) => new Optimiser(weights, { threads, worker }));
  expect(alone.lent.size).toBe(0);
  expect(together.lent.size).toBeGreaterThan(0);
  expect(together.lent.size).toBeLessThan(weights.length);

  const run = (optimiser: Optimiser, from: number, to: number) => {
    for (let step = from; step <= to; step++) {
      fillGradients(optimiser, weights, step);
      optimiser.step(step, 1e-3, ADAM);
    }
    return numbersOf(optimiser, weights);
  };
  const middle = run(alone, 1, 2);
  expect(bitsOf(run(together, 1, 2))).toBe(bitsOf(middle));
  const end = run(alone, 3, 4);
  run(together, 3, 7);
  const at = (weight: Value) => middle[weights.indexOf(weight)];
  together.restore(
    (weight) => at(weight)[0],
    (weight) => ({ firstMoments: at(weight)[1], secondMoments: at(weight)[2] }),
  );
  expect(bitsOf(run(together, 3, 4))).toBe(bitsOf(end));
  await together.close();
});

test('what the second thread moves is what takes longest', () => {
  const weights = networkWeights();
  const optimiser = new Optimiser(weights, { threads: 2, worker });
  for (const weight of optimiser.lent) expect(sizeOf(weight.shape)).toBeGreaterThan(65_000);
  return optimiser.close();
});

test('from sources, everything stays on the calling thread', () => {
  expect(new Optimiser(networkWeights(), { threads: 2 }).lent.size).toBe(0);
});
