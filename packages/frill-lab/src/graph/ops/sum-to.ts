/** The adjoint of broadcasting: sums a tensor down to the shape of an operand that was stretched over it. */

import { type Shape, tensor } from '../../tensor/tensor.js';
import { broadcastIndex, broadcastOf } from '../broadcast.js';
import type { Op, Value } from '../graph.js';
import { channelsShape } from '../onnx-emitter.js';

/** `x` summed to `shape`, which is x's own (nothing happens), [], [C] or [N, 1, 1, C]; see `broadcast.ts`. */
export function sumTo(x: Value, shape: Shape): Value {
  if (broadcastOf(sumToOp.name, x.shape, shape) === 'same') return x;
  return x.graph.apply(sumToOp, [x], { shape })[0];
}

export const sumToOp: Op<{ readonly shape: Shape }> = {
  name: 'sum-to',

  shape([x], { shape }) {
    broadcastOf(this.name, x, shape);
    return [shape];
  },

  reference([x], { shape }) {
    const y = tensor(shape);
    const target = broadcastIndex(this.name, x.shape, shape);
    for (let i = 0; i < x.data.length; i++) y.data[target(i)] += x.data[i];
    return [y];
  },

  gradient({ inputs: [x] }, [dy]) {
    return [dy && x.graph.apply(sumToGradientOp, [dy], { shape: x.shape })[0]];
  },

  onnx(emit, { inputs: [x], outputs: [y], attributes: { shape } }) {
    const [channels, positions] = channelsShape(x.shape);
    const rows = emit.channels(x);
    switch (broadcastOf(this.name, x.shape, shape)) {
      case 'gate': {
        const image = emit.reshape(rows, [channels, shape[0], positions / shape[0]]);
        emit.define(y, emit.reshape(emit.reduce('ReduceSum', image, [2]), [channels, shape[0]]), 'channels');
        break;
      }
      case 'channel':
        emit.define(y, emit.reduce('ReduceSum', rows, [1]), 'channels');
        break;
      default:
        emit.define(y, emit.reduce('ReduceSum', rows, [0, 1]), 'channels');
    }
  },
};

/** Stretches a tensor over the shape that was summed. Input: gradient of y. */
export const sumToGradientOp: Op<{ readonly shape: Shape }> = {
  name: 'sum-to-gradient',

  shape(_inputs, { shape }) {
    return [shape];
  },

  reference([dy], { shape }) {
    const dx = tensor(shape);
    const source = broadcastIndex(this.name, shape, dy.shape);
    for (let i = 0; i < dx.data.length; i++) dx.data[i] = dy.data[source(i)];
    return [dx];
  },

  onnx(emit, { inputs: [dy], outputs: [dx], attributes: { shape } }) {
    const [channels, positions] = channelsShape(shape);
    const stretched = (tensor: string, shape: Shape) => emit.node('Expand', [tensor, emit.integers(shape)]);
    switch (broadcastOf(this.name, shape, dy.shape)) {
      case 'gate': {
        const image = emit.reshape(emit.channels(dy), [channels, shape[0], 1]);
        const spread = stretched(image, [channels, shape[0], positions / shape[0]]);
        emit.define(dx, emit.reshape(spread, [channels, positions]), 'channels');
        break;
      }
      default:
        emit.define(dx, stretched(emit.channels(dy), [channels, positions]), 'channels');
    }
  },
};
