/**
 * The same subgraph for another batch size. Everything that depends on the input has the batch as its first extent, and
 * nothing else knows about it: the constants are shared with the original.
 */
import type { Subgraph } from '../../tflite/model.js';

export function withBatch(subgraph: Subgraph, batch: number): Subgraph {
  const moving = new Set(subgraph.inputs);
  for (const { inputs, outputs } of subgraph.operators)
    if (inputs.some((input) => moving.has(input))) for (const output of outputs) moving.add(output);
  const tensors = subgraph.tensors.map((tensor, index) =>
    moving.has(index) ? { ...tensor, shape: [batch, ...tensor.shape.slice(1)] } : tensor,
  );
  return { ...subgraph, name: `${subgraph.name} b${batch}`, tensors };
}
