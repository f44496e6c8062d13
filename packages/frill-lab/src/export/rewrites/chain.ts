/** Two subgraphs as one: the output of the first is the input of the second. */
import type { Subgraph } from '../../tflite/model.js';
import { SubgraphEditor } from './editing.js';

export function chain(first: Subgraph, second: Subgraph): Subgraph {
  const edit = new SubgraphEditor(first);
  edit.operators.push(...first.operators);
  const offset = edit.tensors.length;
  edit.tensors.push(...second.tensors);
  const [joint] = first.outputs;
  const moved = (index: number) => {
    if (index < 0) return index;
    return index === second.inputs[0] ? joint : index + offset;
  };
  for (const operator of second.operators)
    edit.operators.push({
      ...operator,
      inputs: operator.inputs.map(moved),
      outputs: operator.outputs.map(moved),
    });
  return { ...edit.finish({ outputs: second.outputs.map(moved) }), name: second.name };
}
