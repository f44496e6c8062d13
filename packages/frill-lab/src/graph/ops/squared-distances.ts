/** Squared Euclidean distances of all pairs of rows: d[i, j] = |a[i] - b[j]|^2, which is 2 - 2 cos for unit vectors. */
import { tensor } from '../../tensor/tensor.js';
import type { Op, Value } from '../graph.js';
import { ShapeError } from '../shape-error.js';

/** a [N, F], b [M, F] -> [N, M] */
export function squaredDistances(a: Value, b: Value): Value {
  return a.graph.apply(squaredDistancesOp, [a, b], {})[0];
}

export const squaredDistancesOp: Op<object> = {
  name: 'squared-distances',

  shape([a, b]) {
    if (a.length !== 2 || b.length !== 2 || a[1] !== b[1])
      throw new ShapeError(this.name, 'needs rows of one width', [a, b]);
    return [[a[0], b[0]]];
  },

  reference([a, b]) {
    const [rows, width] = a.shape;
    const columns = b.shape[0];
    const d = tensor([rows, columns]);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++)
        for (let f = 0; f < width; f++)
          d.data[i * columns + j] += (a.data[i * width + f] - b.data[j * width + f]) ** 2;
    return [d];
  },

  gradient({ inputs: [a, b] }, [dd]) {
    if (!dd) return [null, null];
    return a.graph.apply(squaredDistancesGradientOp, [dd, a, b], {});
  },

  /** |a|^2 + |b|^2 - 2 a b, which rounding can take below zero. */
  onnx(emit, { inputs: [a, b], outputs: [d] }) {
    const squares = (rows: Value) => {
      const tensor = emit.channels(rows);
      return emit.reduce('ReduceSum', emit.node('Mul', [tensor, tensor]), [0]);
    };
    const lengths = emit.node('Add', [emit.reshape(squares(a), [a.shape[0], 1]), squares(b)]);
    const products = emit.matmul(emit.channels(a), emit.channels(b), { a: true });
    const distances = emit.node('Sub', [lengths, emit.node('Mul', [products, emit.floats(2)])]);
    emit.define(d, emit.node('Relu', [distances]), 'logical');
  },
};

/** da[i] = sum over j of 2 dd[i, j] (a[i] - b[j]), and db the other way round. Inputs: gradient of d, a, b. */
export const squaredDistancesGradientOp: Op<object> = {
  name: 'squared-distances-gradient',

  shape([, a, b]) {
    return [a, b];
  },

  reference([dd, a, b]) {
    const [rows, width] = a.shape;
    const columns = b.shape[0];
    const da = tensor(a.shape);
    const db = tensor(b.shape);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++)
        for (let f = 0; f < width; f++) {
          const pull = 2 * dd.data[i * columns + j] * (a.data[i * width + f] - b.data[j * width + f]);
          da.data[i * width + f] += pull;
          db.data[j * width + f] -= pull;
        }
    return [da, db];
  },

  onnx(emit, { inputs: [dd, a, b], outputs: [da, db] }) {
    const pulls = emit.node('Mul', [emit.logical(dd), emit.floats(2)]);
    const own = (rows: Value, axis: number) => {
      const sums = emit.reshape(emit.reduce('ReduceSum', pulls, [axis]), [1, rows.shape[0]]);
      return emit.node('Mul', [emit.channels(rows), sums]);
    };
    const others = emit.matmul(emit.channels(b), pulls, { b: true });
    emit.define(da, emit.node('Sub', [own(a, 1), others]), 'channels');
    emit.define(db, emit.node('Sub', [own(b, 0), emit.matmul(emit.channels(a), pulls)]), 'channels');
  },
};
