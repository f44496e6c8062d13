/**
 * A .tflite network as an ONNX model, for onnxruntime and whatever else reads that format: operator by operator
 * (`onnx-operators.ts`), with images channels first as ONNX wants them.
 *
 * Only float32 arithmetic is taken over, because only that gives the same numbers elsewhere. Kernels stored as int8 or
 * float16 behind a `DEQUANTIZE` are unpacked, which is exact; int8 kernels that meet float32 activations directly are
 * not, because TensorFlow Lite then rounds the activations as well.
 */
import { encodeModel } from '../onnx/onnx-model.js';
import type { Signature, Subgraph } from './model.js';
import { OPERATORS } from './onnx-operators.js';
import { OnnxWriter } from './onnx-writer.js';
import type { TensorType } from './schema.js';

export interface OnnxOptions extends Pick<Signature, 'inputs' | 'outputs'> {
  /** Open: any number of windows a run; the network must treat its windows one by one, as `isRowByRow` tells. */
  readonly batch: 'open' | 'fixed';
  /** Goes into the file as text by key. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * The bytes of an .onnx file with those inputs and outputs, in the shapes of the .tflite file. Throws ModelError for an
 * operator that has no float32 form here, which says which and why.
 */
export function toOnnx(subgraph: Subgraph, options: OnnxOptions): Uint8Array {
  const { inputs, outputs, batch, metadata } = options;
  const writer = new OnnxWriter(subgraph, batch);
  for (const { op, inputs: read, outputs: written } of subgraph.operators) {
    const codes = [...read, ...written].map((index) => subgraph.tensors[index]?.type).find(isRounded);
    if (codes && op !== 'DEQUANTIZE')
      throw writer.refusal(op, `computes with ${codes}, which rounds its results`);
  }
  for (const [name, index] of Object.entries(inputs)) writer.define(index, 'logical', name);
  for (const operator of subgraph.operators) {
    const write = OPERATORS[operator.op];
    if (!write || operator.custom) throw writer.refusal(operator.op, 'has no ONNX form here');
    write(writer, operator);
  }
  for (const [name, index] of Object.entries(outputs))
    writer.node('Identity', [writer.tensor(index, 'logical')], {}, name);
  const described = (ports: Readonly<Record<string, number>>) =>
    Object.entries(ports).map(([name, index]) => {
      const [first, ...rest] = subgraph.tensors[index].shape;
      return { name, shape: [batch === 'open' ? 'batch' : first, ...rest] };
    });
  return encodeModel({
    inputs: described(inputs),
    outputs: described(outputs),
    constants: writer.constants,
    nodes: writer.nodes,
    ...(metadata ? { metadata } : {}),
  });
}

function isRounded(type: TensorType | undefined): boolean {
  return type !== undefined && ['int4', 'int8', 'uint8', 'int16', 'float16', 'bfloat16'].includes(type);
}

/** What computes each window of a batch from that window alone, as long as the first extent stays the batch. */
const ROW_BY_ROW: ReadonlySet<string> = new Set(
  `CONV_2D DEPTHWISE_CONV_2D FULLY_CONNECTED MAX_POOL_2D AVERAGE_POOL_2D MEAN ADD SUB MUL DIV MAXIMUM MINIMUM
  HARD_SWISH LOGISTIC TANH LOG EXP SQRT ABS NEG RELU RELU6 RELU_N1_TO_1 L2_NORMALIZATION RESHAPE SQUEEZE DEQUANTIZE`.split(
    /\s+/,
  ),
);

/**
 * Whether the network surely treats the windows of a batch one by one. A file written for single windows does not tell: an
 * extent of 1 may be anything.
 */
export function isRowByRow({ tensors, inputs, operators }: Subgraph): boolean {
  const batch = tensors[inputs[0]].shape[0];
  const isConstant = (index: number) => index < 0 || tensors[index].data !== undefined;
  return (
    batch > 1 &&
    operators.every(
      ({ op, inputs: operands, outputs }) =>
        ROW_BY_ROW.has(op) &&
        (operands.every(isConstant) || outputs.every((output) => tensors[output].shape[0] === batch)) &&
        // A constant as long as the batch may hold something for each window.
        !(
          ELEMENTWISE.has(op) && operands.some((each) => isConstant(each) && tensors[each].shape[0] === batch)
        ),
    )
  );
}

const ELEMENTWISE: ReadonlySet<string> = new Set(['ADD', 'SUB', 'MUL', 'DIV', 'MAXIMUM', 'MINIMUM']);
