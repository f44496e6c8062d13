/**
 * Hard swish as x relu6(x + 3) times 1/6. XNNPACK has no int8 `HARD_SWISH`, but an addition with a fused RELU6 and a
 * product; `absorbFactors` then moves the 1/6 into the next kernels.
 */
import { floatTensor, type Subgraph } from '../../tflite/model.js';
import { SubgraphEditor } from './editing.js';

export function spellOutHardSwish(subgraph: Subgraph): Subgraph {
  const edit = new SubgraphEditor(subgraph);
  for (const operator of subgraph.operators) {
    const { op, inputs, outputs } = operator;
    if (op !== 'HARD_SWISH') {
      edit.operators.push(operator);
      continue;
    }
    const [x] = inputs;
    const { name, shape, type } = edit.tensors[outputs[0]];
    const three = edit.tensor(floatTensor('three', [1], [3]));
    const gate = edit.apply(
      'ADD',
      [x, three],
      { name: `${name}/gate`, shape, type },
      {
        fused_activation_function: 'RELU6',
      },
    );
    const product = edit.apply('MUL', [x, gate], { name: `${name}/product`, shape, type });
    edit.operator('MUL', [product, edit.tensor(floatTensor('sixth', [1], [1 / 6]))], outputs);
  }
  return edit.finish();
}
