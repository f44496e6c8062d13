/** y = scale x + offset with fixed numbers: Keras' Rescaling layer, and constant factors in backward passes. */

import { mapTensor } from '../../tensor/tensor.js';
import type { Op, Value } from '../graph.js';
import { emitElementwise } from '../onnx-elementwise.js';

interface RescaleAttributes {
  readonly scale: number;
  readonly offset: number;
}

/** Elementwise; any shape. The offset is 0 unless told. */
export function rescale(x: Value, { scale, offset = 0 }: { scale: number; offset?: number }): Value {
  return x.graph.apply(rescaleOp, [x], { scale, offset })[0];
}

export const rescaleOp: Op<RescaleAttributes> = {
  name: 'rescale',

  shape([x]) {
    return [x];
  },

  reference([x], { scale, offset }) {
    return [mapTensor(x, (v) => scale * v + offset)];
  },

  gradient({ attributes: { scale } }, [dy]) {
    return [dy && rescale(dy, { scale })];
  },

  onnx(emit, node) {
    const { scale, offset } = node.attributes;
    emitElementwise(emit, node, (x) => {
      const scaled = scale === 1 ? x : emit.node('Mul', [x, emit.floats(scale)]);
      return offset === 0 ? scaled : emit.node('Add', [scaled, emit.floats(offset)]);
    });
  },

  tflite(emit, { inputs: [x], outputs: [y], attributes: { scale, offset } }) {
    const scaled = emit.temporary(x.shape);
    emit.operator('MUL', [emit.activation(x), emit.floats([scale], [1])], [scaled]);
    emit.operator('ADD', [scaled, emit.floats([offset], [1])], [emit.activation(y)]);
  },
};
