/** Graphs are never changed; a rewrite copies what some outputs need into a new one, with other nodes in places. */
import { type ParameterTensors, type Tensor, tensor } from '../tensor/tensor.js';
import { Graph, type Node, type Value } from './graph.js';
import { neededLeaves, neededNodes } from './needed.js';

export interface Rewritten {
  readonly graph: Graph;
  /** What stands for a value of the old graph. Throws where nothing does. */
  at(value: Value): Value;
}

/** A rewrite that changes parameters too. */
export interface Folded extends Rewritten {
  /** The parameters of the new graph from those of the old, in float64. Throws where one is missing. */
  weights(parameters: ParameterTensors): Map<string, Tensor>;
}

/** Gives the outputs that stand for a node's, from the new graph; null where the node is copied as it is. */
export type Replacement = (node: Node, at: (value: Value) => Value, graph: Graph) => readonly Value[] | null;

/** Copies what `outputs` need. Parameters that nothing needs any longer are left behind. */
export function rewrite(outputs: readonly Value[], replace: Replacement): Rewritten {
  const graph = new Graph();
  const copies = new Map<Value, Value>();

  const at = (value: Value): Value => {
    const copy = copies.get(value) ?? copyLeaf(value, graph);
    copies.set(value, copy);
    return copy;
  };
  for (const leaf of neededLeaves(outputs)) if (leaf.source.kind === 'input') at(leaf);
  for (const node of neededNodes(outputs)) {
    const stand = replace(node, at, graph) ?? graph.apply(node.op, node.inputs.map(at), node.attributes);
    for (const [i, output] of node.outputs.entries()) if (stand[i]) copies.set(output, stand[i]);
  }
  return { graph, at };
}

/** The rewrite with what it makes of some parameters; the rest stay as they are. */
export function folding(
  rewritten: Rewritten,
  changed: (parameters: ParameterTensors) => Iterable<readonly [string, Tensor]>,
): Folded {
  return {
    ...rewritten,
    weights(parameters) {
      const weights = new Map(changed(parameters));
      for (const { name } of rewritten.graph.parameters)
        if (!weights.has(name)) weights.set(name, parameterOf(parameters, name));
      return weights;
    },
  };
}

/** A parameter in float64. Throws where nothing is given for it. */
export function parameterOf(parameters: ParameterTensors, name: string): Tensor {
  const found = parameters.get(name);
  if (!found) throw new Error(`fold: nothing given for the parameter ${name}`);
  return tensor(found.shape, found.data);
}

/** How often each value is used by what `outputs` need; being an output counts. */
export function usesOf(outputs: readonly Value[]): Map<Value, number> {
  const uses = new Map<Value, number>(outputs.map((output) => [output, 1]));
  for (const { inputs } of neededNodes(outputs))
    for (const input of inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  return uses;
}

function copyLeaf({ name, shape, source }: Value, graph: Graph): Value {
  switch (source.kind) {
    case 'input':
      return graph.input(name, shape);
    case 'weight':
      return graph.weight(name, shape, source.initialiser);
    case 'statistic':
      return graph.statistic(name, shape, source.initialiser);
    case 'constant':
      return graph.constant(source.tensor, name);
    case 'node':
      throw new Error(`rewrite: nothing stands for ${name}`);
  }
}
