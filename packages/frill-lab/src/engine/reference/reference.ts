/**
 * The reference engine: float64, one node after the other, each by its definition. It settles every argument about
 * what a network computes; other engines are tested against it, and it against fixtures from independent software.
 */
import type { Graph, Value } from '../../graph/graph.js';
import { neededLeaves, neededNodes } from '../../graph/needed.js';
import { type FloatArray, type ParameterTensors, type Tensor, tensor } from '../../tensor/tensor.js';
import type { Program } from '../engine.js';

/** `weights` must hold every parameter that `outputs` depend on; they are read when the program runs. */
export function compileReference(
  graph: Graph,
  outputs: readonly Value[],
  weights: ParameterTensors,
): Program {
  for (const output of outputs)
    if (output.graph !== graph) throw new Error(`reference: ${output.name} belongs to another graph`);
  const nodes = neededNodes(outputs);
  const leaves = neededLeaves(outputs);
  return {
    async run(feeds) {
      const values = new Map<Value, Tensor>();
      for (const leaf of leaves) values.set(leaf, leafTensor(leaf, weights, feeds));
      const read = (value: Value): Tensor => {
        const found = values.get(value);
        if (!found) throw new Error(`reference: ${value.name} was not computed`);
        return found;
      };
      for (const { op, attributes, inputs, outputs } of nodes)
        for (const [i, result] of op.reference(inputs.map(read), attributes).entries())
          values.set(outputs[i], result);
      return outputs.map(read);
    },
    async close() {},
  };
}

function leafTensor(leaf: Value, weights: ParameterTensors, feeds: ReadonlyMap<Value, FloatArray>): Tensor {
  if (leaf.source.kind === 'constant') return leaf.source.tensor;
  const data = leaf.source.kind === 'input' ? feeds.get(leaf) : weights.get(leaf.name)?.data;
  if (!data) throw new Error(`reference: nothing given for the ${leaf.source.kind} ${leaf.name}`);
  return tensor(leaf.shape, data);
}
