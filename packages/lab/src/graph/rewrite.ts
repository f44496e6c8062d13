/** Graphs are never changed; a rewrite copies what some outputs need into a new one, with other nodes in places. */
import { Graph, type Node, type Value } from './graph.js';
import { neededLeaves, neededNodes } from './needed.js';

export interface Rewritten {
  readonly graph: Graph;
  /** What stands for a value of the old graph. Throws where nothing does. */
  at(value: Value): Value;
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
