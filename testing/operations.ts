/** How operations are tested: by hand-made numbers, and by finite differences of their own definition. */
import { expect } from 'vitest';
import { compileOrt } from '../packages/frill-lab/src/engine/ort/compile.js';
import { compileReference } from '../packages/frill-lab/src/engine/reference/reference.js';
import { gradients } from '../packages/frill-lab/src/graph/autodiff.js';
import { Graph, type Value } from '../packages/frill-lab/src/graph/graph.js';
import { multiply } from '../packages/frill-lab/src/graph/ops/multiply.js';
import { sumTo } from '../packages/frill-lab/src/graph/ops/sum-to.js';
import { random } from '../packages/frill-lab/src/tensor/random.js';
import { type Shape, sizeOf, type Tensor, tensor } from '../packages/frill-lab/src/tensor/tensor.js';

type Build = (...inputs: Value[]) => Value;

/** A tensor of standard normal numbers. */
export function normalTensor(shape: Shape, seed: string): Tensor {
  const stream = random(seed);
  return tensor(
    shape,
    Float64Array.from({ length: sizeOf(shape) }, () => stream.normal()),
  );
}

/** The value of `build` applied to tensors, by the reference engine. */
export function evaluate(build: Build, ...operands: Tensor[]): Promise<Tensor> {
  return evaluateIn('reference', build, ...operands);
}

/** The value of `build` applied to tensors, by the engine that defines it or by the fast one. */
export async function evaluateIn(
  engine: 'reference' | 'ort',
  build: Build,
  ...operands: Tensor[]
): Promise<Tensor> {
  const graph = new Graph();
  const inputs = operands.map(({ shape }, i) => graph.input(`operand ${i}`, shape));
  const output = build(...inputs);
  const program =
    engine === 'ort'
      ? await compileOrt(graph, [output], new Map(), { threads: 1 })
      : compileReference(graph, [output], new Map());
  const [{ shape, data }] = await program.run(new Map(inputs.map((input, i) => [input, operands[i].data])));
  await program.close();
  return tensor(shape, data);
}

/**
 * Expects the backward pass of `build` to agree with central differences, for every element of every operand:
 * shapes stand for standard normal numbers. The loss is a fixed random combination of the outputs.
 */
export async function expectTrueGradients(build: Build, ...operands: (Shape | Tensor)[]): Promise<void> {
  const graph = new Graph();
  const tensors = operands.map((operand, i) =>
    'data' in operand ? operand : normalTensor(operand, `operand ${i}`),
  );
  const inputs = tensors.map(({ shape }, i) => graph.input(`operand ${i}`, shape));
  const output = build(...inputs);
  const loss = sumTo(multiply(output, graph.constant(normalTensor(output.shape, 'loss'))), []);
  const derivatives = gradients(loss, inputs);
  const program = compileReference(
    graph,
    inputs.map((input) => derivatives.get(input) ?? input),
    new Map(),
  );
  const lossProgram = compileReference(graph, [loss], new Map());
  const feeds = new Map(inputs.map((input, i) => [input, Float64Array.from(tensors[i].data)]));
  const computed = await program.run(feeds);

  const step = 1e-5;
  for (const [i, input] of inputs.entries()) {
    const data = feeds.get(input) ?? new Float64Array();
    expect(computed[i].shape).toEqual(input.shape);
    for (let element = 0; element < data.length; element++) {
      const held = data[element];
      const lossAt = async (value: number) => {
        data[element] = value;
        const [result] = await lossProgram.run(feeds);
        return result.data[0];
      };
      const difference = ((await lossAt(held + step)) - (await lossAt(held - step))) / (2 * step);
      data[element] = held;
      const where = `operand ${i}, element ${element}: ${computed[i].data[element]}, by differences ${difference}`;
      expect(Math.abs(computed[i].data[element] - difference), where).toBeLessThan(
        1e-6 * Math.max(1, Math.abs(difference)),
      );
    }
  }
}
