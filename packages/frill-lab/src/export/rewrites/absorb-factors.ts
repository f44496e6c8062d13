/**
 * A multiplication by a constant number moves forward, through whatever commutes with it, into the kernels of the next
 * layers: squeeze-and-excite's 1/6, Keras' 1/127.5 and the 1/6 of a spelt-out hard swish then cost nothing. Exact
 * up to the rounding of the kernels.
 */
import {
  activationOf,
  floatsOf,
  floatTensor,
  readers,
  type Subgraph,
  type TfliteOperator,
  type TfliteTensor,
} from '../../tflite/model.js';
import { LAYERS, SubgraphEditor } from './editing.js';

export function absorbFactors(subgraph: Subgraph): Subgraph {
  const { tensors } = subgraph;
  const isConstant = (index: number) => tensors[index]?.data !== undefined;
  const scalarOf = (operator: TfliteOperator): number | undefined => {
    if (operator.op !== 'MUL' || activationOf(operator) !== 'NONE' || !isConstant(operator.inputs[1]))
      return undefined;
    const factor = floatsOf(tensors[operator.inputs[1]]);
    return factor.length === 1 ? factor[0] : undefined;
  };

  // Back to front: which tensors may be held as a multiple of themselves, because all their readers cope with it.
  const coping = new Array<number>(tensors.length).fill(0);
  const reads = readers(subgraph);
  const mayBeScaled = (index: number) => reads[index] > 0 && coping[index] === reads[index];
  for (const operator of subgraph.operators.toReversed()) {
    const { op, inputs, outputs } = operator;
    if (LAYERS.has(op)) {
      if (isConstant(inputs[1])) coping[inputs[0]]++;
    } else if (mayBeScaled(outputs[0])) {
      const passing = activationOf(operator) === 'NONE' && passThrough(op, inputs.map(isConstant));
      for (const input of passing ? inputs : []) coping[input]++;
    }
  }

  const edit = new SubgraphEditor(subgraph);
  /** The value is `factor` times what `held` holds. */
  const scaled = new Map<number, { held: number; factor: number }>();
  const at = (index: number) => scaled.get(index) ?? { held: index, factor: 1 };
  for (const operator of subgraph.operators) {
    const { op, inputs, outputs, options } = operator;
    const scalar = scalarOf(operator);
    if (scalar !== undefined && mayBeScaled(outputs[0])) {
      const { held, factor } = at(inputs[0]);
      scaled.set(outputs[0], { held, factor: factor * scalar });
      continue;
    }
    const sources = inputs.map(at);
    const held = sources.map((source) => source.held);
    const factors = sources.map((source) => source.factor);
    if (factors.every((factor) => factor === 1)) {
      edit.operator(op, held, outputs, options);
    } else if (LAYERS.has(op)) {
      const kernel = edit.tensor(multiplied(tensors[inputs[1]], factors[0]));
      edit.operator(op, [held[0], kernel, held[2]], outputs, options);
    } else if (op === 'ADD') {
      const term = edit.tensor(multiplied(tensors[inputs[1]], 1 / factors[0]));
      edit.operator(op, [held[0], term], outputs, options);
      scaled.set(outputs[0], { held: outputs[0], factor: factors[0] });
    } else {
      edit.operator(op, held, outputs, options);
      scaled.set(outputs[0], {
        held: outputs[0],
        factor: factors.reduce((product, factor) => product * factor, 1),
      });
    }
  }
  return edit.finish();
}

/** Whether the output scales with the first input, or, of a product, with either. */
function passThrough(op: string, constant: readonly boolean[]): boolean {
  if (op === 'MUL') return true;
  if (op === 'ADD') return constant[1];
  return op === 'MEAN' || op === 'RESHAPE';
}

function multiplied(constant: TfliteTensor, factor: number): TfliteTensor {
  const values = floatsOf(constant).map((value) => value * factor);
  const grid = constant.grid && {
    ...constant.grid,
    scales: constant.grid.scales.map((scale) => scale * factor),
  };
  return { ...floatTensor(constant.name, constant.shape, values), grid };
}
