/**
 * Dense matrix products through onnxruntime's Gemm: its kernels use every core and the processor's widest
 * instructions, so that probes on thousands of clips and dimensions cost what they cost in native libraries.
 */
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { InferenceSession, Tensor } from 'onnxruntime-node';

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
/** From this many on, every core takes a part; waking them costs more than a smaller product does. */
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

/** ONNX's numbers: TensorProto.FLOAT and DOUBLE, AttributeProto.INT. */
const ELEMENT_TYPES = { float32: 1, float64: 11 };
type ElementType = keyof typeof ELEMENT_TYPES;
const INTEGER_ATTRIBUTE = 2;

/** The model `c = Gemm(a, b)` with free extents; field numbers are those of onnx.proto3. */
function gemmModel(type: ElementType, transposed: Transposed): Uint8Array {
  const writer = new BinaryWriter();
  const message = (field: number, body: () => void) => {
    writer.tag(field, 2).fork();
    body();
    writer.join();
  };
  const text = (field: number, value: string) => writer.tag(field, 2).string(value);
  const integer = (field: number, value: number) => writer.tag(field, 0).int64(value);
  const flag = (name: string, value: boolean) =>
    message(5, () => {
      text(1, name);
      integer(3, value ? 1 : 0);
      integer(20, INTEGER_ATTRIBUTE);
    });
  const port = (field: number, name: string) =>
    message(field, () => {
      text(1, name);
      message(2, () =>
        message(1, () => {
          integer(1, ELEMENT_TYPES[type]);
          message(2, () => {
            for (const axis of ['rows', 'columns']) message(1, () => text(2, `${name}_${axis}`));
          });
        }),
      );
    });
  integer(1, 8);
  message(8, () => integer(2, 17));
  message(7, () => {
    message(1, () => {
      text(1, 'a');
      text(1, 'b');
      text(2, 'c');
      text(4, 'Gemm');
      flag('transA', transposed === 'left');
      flag('transB', transposed === 'right');
    });
    text(2, 'product');
    port(11, 'a');
    port(11, 'b');
    port(12, 'c');
  });
  return writer.finish();
}
