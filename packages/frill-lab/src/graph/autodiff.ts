/**
 * Reverse-mode differentiation, as nodes of the same graph. Walks back from the loss; every operation turns the
 * gradients of its outputs into gradients of its inputs, and gradients that meet at one value are added.
 */
import { tensor } from '../tensor/tensor.js';
import type { Value } from './graph.js';
import { neededNodes } from './needed.js';
import { add } from './ops/add.js';

/**
 * The derivative of a scalar `loss` with respect to each value of `of`, in that value's shape; zeros where the loss
 * does not depend on it. Nodes are appended to the loss's graph, for the values on the way from `of` to the loss.
 */
export function gradients(loss: Value, of: readonly Value[]): Map<Value, Value> {
  const { graph } = loss;
  if (loss.shape.length !== 0) throw new Error(`gradients: the loss must be a scalar, not [${loss.shape}]`);

  const onTheWay = new Set<Value>(of);
  const path = neededNodes([loss]).filter(({ inputs, outputs }) => {
    if (!inputs.some((input) => onTheWay.has(input))) return false;
    for (const output of outputs) onTheWay.add(output);
    return true;
  });

  const gradient = new Map<Value, Value>([[loss, graph.constant(tensor([], [1]), 'one')]]);
  for (const node of path.reverse()) {
    const upstream = node.outputs.map((output) => gradient.get(output) ?? null);
    if (upstream.every((value) => value === null)) continue;
    if (!node.op.gradient) throw new Error(`gradients: ${node.op.name} has no gradient`);
    for (const [i, contribution] of node.op.gradient(node, upstream).entries()) {
      const input = node.inputs[i];
      if (!contribution || !onTheWay.has(input)) continue;
      const sum = gradient.get(input);
      gradient.set(input, sum ? add(sum, contribution) : contribution);
    }
  }
  return new Map(
    of.map((value) => [value, gradient.get(value) ?? graph.constant(tensor(value.shape), 'zeros')]),
  );
}
