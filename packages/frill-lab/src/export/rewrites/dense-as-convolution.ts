/**
 * Dense layers as 1x1 convolutions over a 1x1 image: with one scale per output channel, int8 `FULLY_CONNECTED` gives
 * zeros on TFLite 2.9, and `CONV_2D` is right everywhere.
 */
import { integerTensor, type Subgraph } from '../../tflite/model.js';
import { SubgraphEditor } from './editing.js';

export function denseAsConvolution(subgraph: Subgraph): Subgraph {
  const edit = new SubgraphEditor(subgraph);
  const shapeOf = (index: number) => edit.tensors[index].shape;
  const reshape = (input: number, shape: readonly number[], output: number) => {
    const target = [-1, ...shape.slice(1)];
    const extents = edit.tensor(integerTensor('shape', [target.length], target));
    edit.operator('RESHAPE', [input, extents], [output], { new_shape: target });
  };
  for (const operator of subgraph.operators) {
    if (operator.op !== 'FULLY_CONNECTED') {
      edit.operators.push(operator);
      continue;
    }
    const [x, weights, bias] = operator.inputs;
    const [y] = operator.outputs;
    const [batch, features] = shapeOf(x);
    const flattening = edit.operators.find(({ op, outputs }) => op === 'RESHAPE' && outputs[0] === x);
    let image = flattening?.inputs[0] ?? -1;
    if (image < 0 || shapeOf(image).join() !== [batch, 1, 1, features].join()) {
      image = edit.tensor({
        ...edit.tensors[x],
        name: `${edit.tensors[x].name}/image`,
        shape: [batch, 1, 1, features],
      });
      reshape(x, [batch, 1, 1, features], image);
    } else if (flattening) edit.operators.splice(edit.operators.indexOf(flattening), 1);
    const kernel = edit.tensors[weights];
    const [outs] = kernel.shape;
    const folded = edit.tensor({ ...kernel, shape: [outs, 1, 1, features] });
    const column = edit.tensor({
      ...edit.tensors[y],
      name: `${edit.tensors[y].name}/image`,
      shape: [batch, 1, 1, outs],
    });
    const { fused_activation_function = 'NONE' } = operator.options;
    edit.operator('CONV_2D', [image, folded, bias], [column], {
      padding: 'VALID',
      stride_h: 1,
      stride_w: 1,
      fused_activation_function,
    });
    reshape(column, [batch, outs], y);
  }
  return edit.finish();
}
