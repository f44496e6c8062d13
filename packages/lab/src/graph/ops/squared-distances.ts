/** Squared Euclidean distances of all pairs of rows: d[i, j] = |a[i] - b[j]|^2, which is 2 - 2 cos for unit vectors. */
import { tensor } from '../../tensor/tensor.js';
import type { Value } from '../graph.js';
import { type Op, ShapeError } from '../op.js';

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
};
