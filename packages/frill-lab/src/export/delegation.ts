/**
 * Which operators XNNPACK would not take over, by the rules of TensorFlow Lite's XNNPACK delegate (its README and
 * `xnnpack_delegate.cc`): what it leaves runs in slower kernels, and every change of hands splits the model. A forecast from
 * the file alone; the last word is the runtime's.
 */
import { activationOf, type Subgraph, type TfliteOperator, type TfliteTensor } from '../tflite/model.js';
import { LAYERS } from './rewrites/editing.js';

const INT8: ReadonlySet<string> = new Set([
  'ADD',
  'CONCATENATION',
  'CONV_2D',
  'DEPTH_TO_SPACE',
  'DEPTHWISE_CONV_2D',
  'DEQUANTIZE',
  'ELU',
  'EXPAND_DIMS',
  'FULLY_CONNECTED',
  'LEAKY_RELU',
  'LOGISTIC',
  'MAX_POOL_2D',
  'MEAN',
  'MUL',
  'PAD',
  'QUANTIZE',
  'RESHAPE',
  'RESIZE_BILINEAR',
  'SLICE',
  'SPACE_TO_DEPTH',
  'SPLIT',
  'STRIDED_SLICE',
  'SUB',
  'TANH',
  'TRANSPOSE',
  'TRANSPOSE_CONV',
]);

const FLOAT32: ReadonlySet<string> = new Set([
  ...INT8,
  'ABS',
  'AVERAGE_POOL_2D',
  'BATCH_MATMUL',
  'CEIL',
  'COS',
  'DIV',
  'EXP',
  'FLOOR',
  'GELU',
  'HARD_SWISH',
  'LOG',
  'MAXIMUM',
  'MINIMUM',
  'NEG',
  'PRELU',
  'REDUCE_MAX',
  'REDUCE_MIN',
  'RELU',
  'RELU6',
  'RELU_N1_TO_1',
  'ROUND',
  'RSQRT',
  'SIN',
  'SOFTMAX',
  'SQRT',
  'SQUARE',
  'SQUARED_DIFFERENCE',
  'SUM',
]);

/** Why XNNPACK would leave an operator of the subgraph to slower kernels; undefined where it would run it. */
export function whyNotDelegated(
  operator: TfliteOperator,
  { tensors, operators }: Subgraph,
): string | undefined {
  const { op, custom, inputs } = operator;
  const [input, kernel, bias] = inputs.map((index): TfliteTensor | undefined => tensors[index]);
  if (custom) return 'a custom operator';
  if (!FLOAT32.has(op)) return 'XNNPACK has no such operator';
  if (op === 'DEQUANTIZE') return dequantizing(input);
  if (input?.type === 'int8' ? !INT8.has(op) : input?.type !== 'float32')
    return `XNNPACK has none for ${input?.type ?? 'a missing input'}`;
  const activation = activationOf(operator);
  if (activation === 'TANH' || activation === 'SIGN_BIT') return `its fused ${activation}`;
  if (!LAYERS.has(op)) return undefined;
  if (op !== 'FULLY_CONNECTED' && bias === undefined) return 'it has no bias';
  const isStatic =
    kernel?.data !== undefined ||
    operators.some(
      (each) =>
        each.op === 'DEQUANTIZE' &&
        each.outputs[0] === inputs[1] &&
        tensors[each.inputs[0]].data !== undefined,
    );
  if (!isStatic) return 'its kernel is not constant';
  if (input?.type === 'float32' && kernel?.type === 'int8')
    return 'int8 kernels with float32 activations (dynamic range) need an XNNPACK that allows it';
  return undefined;
}

function dequantizing(input: TfliteTensor | undefined): string | undefined {
  const isConstant = input?.data !== undefined;
  if (isConstant && input.type === 'int8') return undefined;
  // Measured: native runtimes unpack once, at load; see docs/export.md.
  if (isConstant && input.type === 'float16') return 'LiteRT.js 2.5 does not unpack float16 once and for all';
  const isPerTensor = (input?.quantization?.scales.length ?? 0) <= 1;
  if ((input?.type === 'int8' || input?.type === 'uint8') && isPerTensor) return undefined;
  return `XNNPACK does not unpack ${input?.type ?? 'a missing input'} here`;
}
