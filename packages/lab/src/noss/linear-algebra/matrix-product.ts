/**
 * Dense float64 matrix products through onnxruntime's Gemm: its kernels use every core and the processor's widest
 * instructions, so that probes on thousands of clips and dimensions cost what they cost in native libraries.
 */
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** Row-major float64 matrix. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** Which factor enters transposed. */
export type Transposed = 'neither' | 'left' | 'right';

export function matrix(
  rows: number,
  columns: number,
  data: Float64Array = new Float64Array(rows * columns),
): Matrix {
  if (data.length !== rows * columns)
    throw new RangeError(`matrix: ${rows} x ${columns} holds ${rows * columns} values, not ${data.length}`);
  return { rows, columns, data };
}

/** Below this many multiplications a plain loop beats the call into the runtime. */
const PLAIN_LIMIT = 20_000;
/** From this many on, every core takes a part; waking them costs more than a smaller product does. */
const SHARED_LIMIT = 100_000_000;

/** `left right`, with one factor transposed on request. `into` receives the result without a new allocation. */
export async function multiply(
  left: Matrix,
  right: Matrix,
  transposed: Transposed = 'neither',
  into?: Matrix,
): Promise<Matrix> {
  const rows = transposed === 'left' ? left.columns : left.rows;
  const inner = transposed === 'left' ? left.rows : left.columns;
  const columns = transposed === 'right' ? right.rows : right.columns;
  if (inner !== (transposed === 'right' ? right.columns : right.rows))
    throw new RangeError(
      `multiply: ${left.rows} x ${left.columns} and ${right.rows} x ${right.columns} (${transposed} transposed) do not fit`,
    );
  const result = into ?? matrix(rows, columns);
  const multiplications = rows * inner * columns;
  if (multiplications <= PLAIN_LIMIT) plainProduct(left, right, transposed, result, inner);
  else {
    const session = await gemmSession(transposed, multiplications < SHARED_LIMIT ? 'one core' : 'all cores');
    await session.run({ a: asTensor(left), b: asTensor(right) }, { c: asTensor(result) });
  }
  return result;
}

function plainProduct(left: Matrix, right: Matrix, transposed: Transposed, result: Matrix, inner: number) {
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

function asTensor({ rows, columns, data }: Matrix): Tensor {
  return new Tensor('float64', data, [rows, columns]);
}

type Cores = 'one core' | 'all cores';

const sessions = new Map<string, Promise<InferenceSession>>();

function gemmSession(transposed: Transposed, cores: Cores): Promise<InferenceSession> {
  const name = `${transposed}, ${cores}`;
  let session = sessions.get(name);
  if (!session) {
    session = InferenceSession.create(gemmModel(transposed), {
      // Threads that wait by spinning would take the cores of others, and of our own plain loops.
      ...(cores === 'one core' ? { intraOpNumThreads: 1 } : {}),
      interOpNumThreads: 1,
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
    sessions.set(name, session);
  }
  return session;
}

/** ONNX's numbers: TensorProto.DOUBLE and AttributeProto.INT. */
const DOUBLE = 11;
const INTEGER_ATTRIBUTE = 2;

/** The model `c = Gemm(a, b)` with free extents; field numbers are those of onnx.proto3. */
function gemmModel(transposed: Transposed): Uint8Array {
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
          integer(1, DOUBLE);
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
