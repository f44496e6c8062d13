/**
 * One large float32 matrix that meets a few vectors at a time, over and over, as iterative solvers do: onnxruntime lays it
 * out once in its kernels' order, which makes such thin products ten times as fast as ones that lay it out each time.
 */
import { availableParallelism } from 'node:os';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { encodeModel } from '../onnx/onnx-model.js';
import { type Matrix, multiply } from './matrix-product.js';

export interface PackedMatrix {
  /** Vectors as rows, [count, columns]: their products with each row of the matrix, [count, rows]. */
  timesRows(vectors: Float32Array): Promise<Float32Array>;
  /** Vectors as rows, [count, rows]: sums of the matrix' rows with these weights, [count, columns]. */
  sumRows(vectors: Float32Array): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Up to this many multiplications a plain loop costs less than what laying out would save. */
const PLAIN_LIMIT = 200_000;
/** Least multiplications that every core takes a part of. */
const SHARED_LIMIT = 4_000_000;

/** A model file ends at 2 GiB; beyond that the matrix is laid out anew each time. */
const LARGEST_BYTES = 2 ** 31 - 2 ** 16;

/** Always takes `count` vectors at a time. The matrix may be changed or dropped afterwards. */
export async function packMatrix(
  { rows, columns, data }: Matrix<Float32Array>,
  count: number,
  { largest = LARGEST_BYTES } = {},
): Promise<PackedMatrix> {
  const multiplications = rows * columns * count;
  if (multiplications <= PLAIN_LIMIT) return plainProducts({ rows, columns, data }, count);
  if (data.byteLength > largest) return unpackedProducts({ rows, columns, data }, count);
  const threads = multiplications < SHARED_LIMIT ? 1 : availableParallelism();
  const open = async (op: 'Gemm' | 'MatMul', taken: number, given: number) => {
    const session = await InferenceSession.create(
      encodeModel({
        inputs: [{ name: 'vectors', shape: [count, taken] }],
        outputs: [{ name: 'products', shape: [count, given] }],
        constants: [{ name: 'matrix', shape: [rows, columns], data }],
        nodes: [
          {
            op,
            domain: '',
            inputs: ['vectors', 'matrix'],
            outputs: ['products'],
            attributes: op === 'Gemm' ? { transB: 1 } : {},
          },
        ],
      }),
      // Threads that wait by spinning would take the cores of others, and of our own plain loops.
      {
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        extra: { session: { intra_op: { allow_spinning: '0' } } },
      },
    );
    const products = new Float32Array(count * given);
    const result = new Tensor('float32', products, [count, given]);
    return {
      run: async (vectors: Float32Array) => {
        await session.run({ vectors: new Tensor('float32', vectors, [count, taken]) }, { products: result });
        return products;
      },
      close: () => session.release(),
    };
  };
  const [times, sum] = [await open('Gemm', columns, rows), await open('MatMul', rows, columns)];
  return {
    timesRows: times.run,
    sumRows: sum.run,
    close: async () => {
      await times.close();
      await sum.close();
    },
  };
}

function unpackedProducts(matrix: Matrix<Float32Array>, count: number): PackedMatrix {
  const { rows, columns } = matrix;
  return {
    timesRows: async (vectors) =>
      (await multiply({ rows: count, columns, data: vectors }, matrix, 'right')).data,
    sumRows: async (vectors) => (await multiply({ rows: count, columns: rows, data: vectors }, matrix)).data,
    close: async () => {},
  };
}

function plainProducts({ rows, columns, data }: Matrix<Float32Array>, count: number): PackedMatrix {
  return {
    async timesRows(vectors) {
      const products = new Float32Array(count * rows);
      for (let vector = 0, to = 0; vector < count; vector++)
        for (let row = 0, from = 0; row < rows; row++, to++)
          for (let i = vector * columns; i < (vector + 1) * columns; i++, from++)
            products[to] += vectors[i] * data[from];
      return products;
    },
    async sumRows(vectors) {
      const sums = new Float32Array(count * columns);
      for (let vector = 0, weight = 0; vector < count; vector++)
        for (let row = 0, from = 0; row < rows; row++, weight++)
          for (let to = vector * columns; to < (vector + 1) * columns; to++, from++)
            sums[to] += vectors[weight] * data[from];
      return sums;
    },
    close: async () => {},
  };
}
