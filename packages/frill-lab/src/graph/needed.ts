/** Which nodes and inputs some values depend on, so that engines and exporters do no more than was asked for. */
import type { Node, Value } from './graph.js';

/** The nodes that `outputs` depend on, in an order in which they can run. */
export function neededNodes(outputs: readonly Value[]): Node[] {
  const nodes = new Set<Node>();
  const pending = [...outputs];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (value.source.kind !== 'node' || nodes.has(value.source.node)) continue;
    nodes.add(value.source.node);
    pending.push(...value.source.node.inputs);
  }
  // A node's outputs are numbered when it is appended to its graph, after its inputs.
  return [...nodes].sort((a, b) => a.outputs[0].id - b.outputs[0].id);
}

/** The inputs, parameters and constants that `outputs` depend on, in the order they were declared. */
export function neededLeaves(outputs: readonly Value[]): Value[] {
  const values = [...outputs, ...neededNodes(outputs).flatMap((node) => node.inputs)];
  const leaves = new Set(values.filter((value) => value.source.kind !== 'node'));
  return [...leaves].sort((a, b) => a.id - b.id);
}
