/**
 * Low-rank factors of a large matrix by subspace iteration (Halko, Martinsson & Tropp, "Finding structure with
 * randomness", SIAM Review 2011, algorithms 4.4 and 5.1). Only products with a few vectors touch the matrix, so that an
 * engine can do them; the rest is float64 on thin matrices. While a matrix moves slowly (a layer in training), the
 * factors of last time are an excellent start and one sweep is enough.
 */
import type { Random } from '../tensor/random.js';
import { type FloatArray, type Tensor, tensor } from '../tensor/tensor.js';
import { type LowRankFactors, svd } from './svd.js';
import { dot } from './vectors.js';

/** A [rows, columns] matrix as what it does to vectors; `vectors` holds several, one after the other. */
export interface MatrixProducts {
  readonly rows: number;
  readonly columns: number;
  /** `x A` for each vector x of length `rows`. */
  rowTimesMatrix(vectors: Float32Array, count: number): Promise<Float32Array>;
  /** `A x` for each vector x of length `columns`. */
  matrixTimesColumn(vectors: Float32Array, count: number): Promise<Float32Array>;
}

export interface SubspaceOptions {
  /** `right` factor [rank, columns] of an earlier, similar matrix, where the search starts; nothing by default. */
  readonly start?: Tensor<FloatArray> | undefined;
  /** Fills what `start` does not give. */
  readonly random: Random;
  /** Passes over the matrix: 1 with a good start, 4 or more without. */
  readonly sweeps: number;
}

/** Vectors carried beyond the rank: they make the wanted ones converge faster. */
const OVERSAMPLING = 8;

/** Directions this much shorter than the longest are rounding noise of float32 products. */
const NEGLIGIBLE = 1e-6;

/** Balanced factors of the given rank, as `lowRankFactors` of `svd.ts` gives them exactly. */
export async function subspaceFactors(
  matrix: MatrixProducts,
  rank: number,
  { start, random, sweeps }: SubspaceOptions,
): Promise<LowRankFactors> {
  const { rows, columns } = matrix;
  const width = Math.min(rank + OVERSAMPLING, rows, columns);
  let right = startVectors(start, width, columns, random);
  for (let sweep = 1; ; sweep++) {
    if (sweep > 1) right = combine(right, whitening(right));
    const images = unpack(await matrix.matrixTimesColumn(pack(right), right.length), right.length);
    const left = combine(images, whitening(images));
    if (left.length === 0) return { left: tensor([rows, rank]), right: tensor([rank, columns]) };
    right = unpack(await matrix.rowTimesMatrix(pack(left), left.length), left.length);
    if (sweep < sweeps) continue;
    // A ~ left^T right, with vectors as rows. right right^T = U S^2 U^T turns both into singular vectors.
    const { u, s } = svd(gram(right));
    const toLeft = tensor([left.length, rank]);
    const toRight = tensor([left.length, rank]);
    for (let k = 0; k < Math.min(rank, s.length); k++) {
      const root = s[k] ** 0.25; // s holds squares of singular values
      if (!(s[k] > s[0] * NEGLIGIBLE ** 2)) break;
      for (let i = 0; i < left.length; i++) {
        toLeft.data[i * rank + k] = u.data[i * s.length + k] * root;
        toRight.data[i * rank + k] = u.data[i * s.length + k] / root;
      }
    }
    return { left: turned(combine(left, toLeft)), right: stacked(combine(right, toRight)) };
  }
}

/** Products in plain loops: the definition, for tests and matrices of moderate size. */
export function plainProducts({ shape: [rows, columns], data }: Tensor<FloatArray>): MatrixProducts {
  return {
    rows,
    columns,
    rowTimesMatrix: async (vectors, count) => {
      const products = new Float32Array(count * columns);
      const sum = new Float64Array(columns);
      for (let k = 0; k < count; k++) {
        sum.fill(0);
        for (let i = 0; i < rows; i++) {
          const factor = vectors[k * rows + i];
          for (let j = 0; j < columns; j++) sum[j] += factor * data[i * columns + j];
        }
        products.set(sum, k * columns);
      }
      return products;
    },
    matrixTimesColumn: async (vectors, count) => {
      const products = new Float32Array(count * rows);
      for (let k = 0; k < count; k++)
        for (let i = 0; i < rows; i++) {
          let sum = 0;
          for (let j = 0; j < columns; j++) sum += data[i * columns + j] * vectors[k * columns + j];
          products[k * rows + i] = sum;
        }
      return products;
    },
  };
}

function startVectors(
  start: Tensor<FloatArray> | undefined,
  width: number,
  columns: number,
  random: Random,
): Float64Array[] {
  return Array.from({ length: width }, (_, k) => {
    const given = start?.data.subarray(k * columns, (k + 1) * columns);
    const vector = given?.some((value) => value !== 0)
      ? Float64Array.from(given)
      : Float64Array.from({ length: columns }, () => random.normal());
    const length = Math.sqrt(dot(vector, vector));
    return vector.map((value) => value / length);
  });
}

/** T [n, r] such that the combinations `T^T vectors` are orthonormal and span the same; r counts what is not noise. */
function whitening(vectors: readonly Float64Array[]): Tensor {
  const count = vectors.length;
  const { u, s } = svd(gram(vectors));
  const kept = s.findLastIndex((square) => square > 0 && square >= s[0] * NEGLIGIBLE ** 2) + 1;
  const t = tensor([count, kept]);
  for (let i = 0; i < count; i++)
    for (let k = 0; k < kept; k++) t.data[i * kept + k] = u.data[i * count + k] / Math.sqrt(s[k]);
  return t;
}

/** Inner products of all pairs. */
function gram(vectors: readonly Float64Array[]): Tensor {
  const count = vectors.length;
  const products = tensor([count, count]);
  for (let i = 0; i < count; i++)
    for (let j = 0; j <= i; j++) {
      const product = dot(vectors[i], vectors[j]);
      products.data[i * count + j] = product;
      products.data[j * count + i] = product;
    }
  return products;
}

/** Vector k of the result is the sum over i of m[i, k] vectors[i]. */
function combine(vectors: readonly Float64Array[], m: Tensor): Float64Array[] {
  const width = m.shape[1];
  const length = vectors[0]?.length ?? 0;
  return Array.from({ length: width }, (_, k) => {
    const sum = new Float64Array(length);
    let i = 0;
    // Four at a time: `sum` is then read and written a quarter as often.
    for (; i + 4 <= vectors.length; i += 4) {
      const [a, b, c, d] = [vectors[i], vectors[i + 1], vectors[i + 2], vectors[i + 3]];
      const [fa, fb, fc, fd] = [0, 1, 2, 3].map((next) => m.data[(i + next) * width + k]);
      for (let x = 0; x < length; x++) sum[x] += fa * a[x] + fb * b[x] + (fc * c[x] + fd * d[x]);
    }
    for (; i < vectors.length; i++) {
      const vector = vectors[i];
      const factor = m.data[i * width + k];
      for (let x = 0; x < length; x++) sum[x] += factor * vector[x];
    }
    return sum;
  });
}

/** Vectors as the rows of a matrix. */
function stacked(vectors: readonly Float64Array[]): Tensor {
  const length = vectors[0].length;
  const matrix = tensor([vectors.length, length]);
  for (const [k, vector] of vectors.entries()) matrix.data.set(vector, k * length);
  return matrix;
}

/** Vectors as the columns of a matrix. */
function turned(vectors: readonly Float64Array[]): Tensor {
  const length = vectors[0].length;
  const matrix = tensor([length, vectors.length]);
  for (const [k, vector] of vectors.entries())
    for (let x = 0; x < length; x++) matrix.data[x * vectors.length + k] = vector[x];
  return matrix;
}

function pack(vectors: readonly Float64Array[]): Float32Array {
  const length = vectors[0].length;
  const packed = new Float32Array(vectors.length * length);
  for (const [k, vector] of vectors.entries()) packed.set(vector, k * length);
  return packed;
}

function unpack(packed: Float32Array, count: number): Float64Array[] {
  const length = packed.length / count;
  return Array.from({ length: count }, (_, k) =>
    Float64Array.from(packed.subarray(k * length, (k + 1) * length)),
  );
}
