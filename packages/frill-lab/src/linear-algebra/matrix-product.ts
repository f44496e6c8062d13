/**
 * Dense matrix products through onnxruntime's Gemm: its kernels use every core and the processor's widest
 * instructions, so that probes on thousands of clips and dimensions cost what they cost in native libraries.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { encodeModel } from '../onnx/onnx-model.js';

type Values = Float64Array | Float32Array;

/** Row-major matrix, float64 unless told. */
export interface Matrix<Data extends Values = Float64Array> {
  readonly rows: number;
  readonly columns: number;
  readonly data: Data;
}

/** Which factor enters transposed. */
export type Transposed = 'neither' | 'left' | 'right';

export function matrix(rows: number, columns: number, data?: Float64Array): Matrix;
export function matrix<Data extends Values>(rows: number, columns: number, data: Data): Matrix<Data>;
export function matrix(
  rows: number,
  columns: number,
  data: Values = new Float64Array(rows * columns),
): Matrix<Values> {
  if (data.length !== rows * columns)
    throw new RangeError(`matrix: ${rows} x ${columns} holds ${rows * columns} values, not ${data.length}`);
  return { rows, columns, data };
}

export function toFloat32({ rows, columns, data }: Matrix): Matrix<Float32Array> {
  return { rows, columns, data: Float32Array.from(data) };
}

export function toFloat64({ rows, columns, data }: Matrix<Float32Array>): Matrix {
  return { rows, columns, data: Float64Array.from(data) };
}

/** Below this many multiplications a plain loop beats the call into the runtime. */
const PLAIN_LIMIT = 20_000;
/** Least multiplications that every core takes a part of; waking them costs more than a smaller product does. */
const SHARED_LIMIT = 100_000_000;

/** `left right`, with one factor transposed on request. `into` receives the result without a new allocation. */
export function multiply(
  left: Matrix,
  right: Matrix,
  transposed?: Transposed,
  into?: Matrix,
): Promise<Matrix>;
export function multiply(
  left: Matrix<Float32Array>,
  right: Matrix<Float32Array>,
  transposed?: Transposed,
  into?: Matrix<Float32Array>,
): Promise<Matrix<Float32Array>>;
export async function multiply(
  left: Matrix<Values>,
  right: Matrix<Values>,
  transposed: Transposed = 'neither',
  into?: Matrix<Values>,
): Promise<Matrix<Values>> {
  const rows = transposed === 'left' ? left.columns : left.rows;
  const inner = transposed === 'left' ? left.rows : left.columns;
  const columns = transposed === 'right' ? right.rows : right.columns;
  if (inner !== (transposed === 'right' ? right.columns : right.rows))
    throw new RangeError(
      `multiply: ${left.rows} x ${left.columns} and ${right.rows} x ${right.columns} (${transposed} transposed) do not fit`,
    );
  const type = left.data instanceof Float32Array ? 'float32' : 'float64';
  const result =
    into ??
    matrix(
      rows,
      columns,
      type === 'float32' ? new Float32Array(rows * columns) : new Float64Array(rows * columns),
    );
  const multiplications = rows * inner * columns;
  if (multiplications <= PLAIN_LIMIT) plainProduct(left, right, transposed, result, inner);
  else {
    const session = await gemmSession(
      type,
      transposed,
      multiplications < SHARED_LIMIT ? 'one core' : 'all cores',
    );
    await session.run({ a: asTensor(left), b: asTensor(right) }, { c: asTensor(result) });
  }
  return result;
}

function plainProduct(
  left: Matrix<Values>,
  right: Matrix<Values>,
  transposed: Transposed,
  result: Matrix<Values>,
  inner: number,
) {
  const [leftRow, leftColumn] = transposed === 'left' ? [1, left.columns] : [left.columns, 1];
  const [rightRow, rightColumn] = transposed === 'right' ? [1, right.columns] : [right.columns, 1];
  for (let row = 0; row < result.rows; row++)
    for (let column = 0; column < result.columns; column++) {
      let sum = 0;
      for (let k = 0; k < inner; k++)
        sum += left.data[row * leftRow + k * leftColumn] * right.data[k * rightRow + column * rightColumn];
      result.data[row * result.columns + column] = sum;
    }
}

function asTensor({ rows, columns, data }: Matrix<Values>): Tensor {
  return data instanceof Float32Array
    ? new Tensor('float32', data, [rows, columns])
    : new Tensor('float64', data, [rows, columns]);
}

type Cores = 'one core' | 'all cores';

const sessions = new Map<string, Promise<InferenceSession>>();

function gemmSession(type: ElementType, transposed: Transposed, cores: Cores): Promise<InferenceSession> {
  const name = `${type}, ${transposed}, ${cores}`;
  let session = sessions.get(name);
  if (!session) {
    session = InferenceSession.create(gemmModel(type, transposed), {
      // Threads that wait by spinning would take the cores of others, and of our own plain loops.
      ...(cores === 'one core' ? { intraOpNumThreads: 1 } : {}),
      interOpNumThreads: 1,
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
    sessions.set(name, session);
  }
  return session;
}

type ElementType = 'float32' | 'float64';

/** The model `c = Gemm(a, b)` with free extents. */
function gemmModel(type: ElementType, transposed: Transposed): Uint8Array {
  const port = (name: string) => ({ name, shape: [`${name}_rows`, `${name}_columns`], type });
  return encodeModel({
    inputs: [port('a'), port('b')],
    outputs: [port('c')],
    constants: [],
    nodes: [
      {
        op: 'Gemm',
        domain: '',
        inputs: ['a', 'b'],
        outputs: ['c'],
        attributes: { transA: Number(transposed === 'left'), transB: Number(transposed === 'right') },
      },
    ],
  });
}
