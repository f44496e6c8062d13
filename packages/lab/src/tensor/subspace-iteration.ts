/**
 * Low-rank factors of a large matrix by subspace iteration (Halko, Martinsson & Tropp, "Finding structure with
 * randomness", SIAM Review 2011, algorithms 4.4 and 5.1). Only products with a few vectors touch the matrix, so that an
 * engine can do them; the rest is float64 on thin matrices. While a matrix moves slowly (a layer in training), the
 * subspace of last time is an excellent start and one sweep is enough.
 */
import type { Random } from './random.js';
import { balancedFactors, dot, type LowRankFactors, svd } from './svd.js';
import { type FloatArray, type Tensor, tensor } from './tensor.js';

/** A [rows, columns] matrix as what it does to vectors; `vectors` holds several, one after the other. */
export interface MatrixProducts {
  readonly rows: number;
  readonly columns: number;
  /** `x A` for each vector x of length `rows`. */
  rowTimesMatrix(vectors: Float32Array, count: number): Promise<Float32Array>;
  /** `A x` for each vector x of length `columns`. */
  matrixTimesColumn(vectors: Float32Array, count: number): Promise<Float32Array>;
}

/** Orthonormal vectors of length `columns` that span (nearly) the leading right singular vectors. */
export type Subspace = readonly Float64Array[];

export interface SubspaceOptions {
  /** Where the search starts: the `subspace` of an earlier, similar matrix, or nothing yet. */
  readonly start?: Subspace;
  /** Fills what `start` does not give. */
  readonly random: Random;
  /** Passes over the matrix; 1 with a good start, 4 or more without. */
  readonly sweeps: number;
}

/** Vectors carried beyond the rank: they make the wanted ones converge faster. */
const OVERSAMPLING = 8;

/** A vector this much shorter after orthogonalisation was a combination of the others. */
const DEPENDENT = 1e-10;

/** Balanced factors of the given rank (`svd.ts`) and the subspace to start from next time. */
export async function subspaceFactors(
  matrix: MatrixProducts,
  rank: number,
  { start = [], random, sweeps }: SubspaceOptions,
): Promise<LowRankFactors & { readonly subspace: Subspace }> {
  const width = Math.min(rank + OVERSAMPLING, matrix.rows, matrix.columns);
  let right: Float64Array[] = start.slice(0, width).map((vector) => vector.slice());
  while (right.length < width)
    right.push(Float64Array.from({ length: matrix.columns }, () => random.normal()));
  for (const vector of right)
    if (dot(vector, vector) === 0) for (let i = 0; i < vector.length; i++) vector[i] = random.normal();
  orthonormalise(right);
  for (let sweep = 0; ; sweep++) {
    const left = unpack(await matrix.matrixTimesColumn(pack(right), width), width);
    orthonormalise(left);
    right = unpack(await matrix.rowTimesMatrix(pack(left), width), width);
    const triangle = orthonormalise(right);
    if (sweep + 1 < sweeps) continue;
    // A ~ left^T (triangle right), with vectors as rows; the SVD of the small triangle is that of A.
    const { u, s, v } = svd(triangle);
    const factors = balancedFactors({ u: combine(left, u), s, v: combine(right, v) }, rank);
    return { ...factors, subspace: right };
  }
}

/**
 * Products in plain loops: the definition, for tests and matrices of moderate size.
 */
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

/**
 * Makes vectors orthonormal in place by Gram-Schmidt, each twice ("twice is enough", Giraud et al., 2005), and returns
 * the triangle R [n, n] with `before[j] = sum over i of R[j, i] after[i]`. A dependent vector becomes zero.
 */
function orthonormalise(vectors: Float64Array[]): Tensor {
  const count = vectors.length;
  const triangle = tensor([count, count]);
  for (const [j, vector] of vectors.entries()) {
    const before = Math.sqrt(dot(vector, vector));
    for (let pass = 0; pass < 2; pass++)
      for (let i = 0; i < j; i++) {
        const along = dot(vectors[i], vector);
        triangle.data[j * count + i] += along;
        subtract(vector, vectors[i], along);
      }
    const length = Math.sqrt(dot(vector, vector));
    const isDependent = !(length > DEPENDENT * before);
    triangle.data[j * count + j] = isDependent ? 0 : length;
    const scale = isDependent ? 0 : 1 / length;
    for (let i = 0; i < vector.length; i++) vector[i] *= scale;
  }
  return triangle;
}

function subtract(from: Float64Array, vector: Float64Array, factor: number): void {
  for (let i = 0; i < from.length; i++) from[i] -= factor * vector[i];
}

/** `vectors` as rows, times nothing but turned: column k of the result is the sum over i of m[i, k] vectors[i]. */
function combine(vectors: readonly Float64Array[], m: Tensor): Tensor {
  const width = m.shape[1];
  const length = vectors[0].length;
  const combined = tensor([length, width]);
  for (let i = 0; i < vectors.length; i++)
    for (let x = 0; x < length; x++) {
      const value = vectors[i][x];
      for (let k = 0; k < width; k++) combined.data[x * width + k] += value * m.data[i * width + k];
    }
  return combined;
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
