/** The ONNX form of each TensorFlow Lite operator, in float32. To take one more over, add a line to the table. */
import { resolvePadding } from '../graph/sliding-window.js';
import { type Shape, sizeOf } from '../tensor/tensor.js';
import { constantFloats } from './constant-floats.js';
import { activationOf, type TfliteOperator } from './model.js';
import { type OnnxWriter, permuted, type TensorLayout } from './onnx-writer.js';

/** Appends the nodes of one operator, and defines its outputs. */
type Write = (write: OnnxWriter, operator: TfliteOperator) => void;

export const OPERATORS: Readonly<Record<string, Write>> = {
  CONV_2D: convolution,
  DEPTHWISE_CONV_2D: convolution,
  FULLY_CONNECTED: dense,
  MAX_POOL_2D: pool('MaxPool'),
  AVERAGE_POOL_2D: pool('AveragePool'),
  MEAN: mean,

  ADD: binary('Add'),
  SUB: binary('Sub'),
  MUL: binary('Mul'),
  DIV: binary('Div'),
  MAXIMUM: binary('Max'),
  MINIMUM: binary('Min'),

  HARD_SWISH: unary('HardSwish'),
  LOGISTIC: unary('Sigmoid'),
  TANH: unary('Tanh'),
  LOG: unary('Log'),
  EXP: unary('Exp'),
  SQRT: unary('Sqrt'),
  ABS: unary('Abs'),
  NEG: unary('Neg'),
  RELU: activation,
  RELU6: activation,
  RELU_N1_TO_1: activation,
  L2_NORMALIZATION: l2Normalization,

  RESHAPE: reshape,
  SQUEEZE: reshape,
  EXPAND_DIMS: reshape,
  PAD: pad,
  GATHER: gather,
  DEQUANTIZE: dequantize,

  // A spectrum is [..., bins, 2], real and imaginary parts.
  RFFT2D: realFourierTransform,
  COMPLEX_ABS: complexMagnitude,
};

/** TFLite's kernels are [out, rows, columns, in], or depthwise [1, rows, columns, out]; ONNX wants [out, in of the group, rows, columns]. */
function convolution(write: OnnxWriter, operator: TfliteOperator): void {
  const { op, inputs, options } = operator;
  const [x, kernel, bias] = inputs;
  const shape = write.shape(kernel);
  const [, rows, columns] = shape;
  const channels = write.shape(x)[3];
  const isDepthwise = op === 'DEPTHWISE_CONV_2D';
  const outs = isDepthwise ? shape[3] : shape[0];
  if (rows * columns === 1 && !isDepthwise && shape[3] === channels && write.isPixel(x)) {
    // On a single pixel it is a dense layer, and onnxruntime's convolution ten times slower than its matrix product.
    const product = multiplied(write, write.tensor(x, 'rows'), [outs, channels], operator);
    finish(write, operator, 'rows', product);
    return;
  }
  const groups = isDepthwise ? channels : channels / shape[3];
  const weights = write.floats(
    permuted(write.numbers(kernel, op), shape, isDepthwise ? [3, 0, 1, 2] : [0, 3, 1, 2]),
    [outs, channels / groups, rows, columns],
    write.describe(kernel).name,
  );
  const strides = [Number(options.stride_h), Number(options.stride_w)] as const;
  const dilations = [Number(options.dilation_h_factor ?? 1), Number(options.dilation_w_factor ?? 1)] as const;
  const taps = [(rows - 1) * dilations[0] + 1, (columns - 1) * dilations[1] + 1] as const;
  const operands = [write.tensor(x, 'image'), weights];
  if (bias !== undefined && bias >= 0) operands.push(write.tensor(bias, 'logical'));
  const result = write.node('Conv', operands, {
    kernel_shape: [rows, columns],
    strides,
    dilations,
    pads: padding(write.shape(x), taps, strides, operator),
    group: groups,
  });
  finish(write, operator, 'image', result);
}

function dense(write: OnnxWriter, operator: TfliteOperator): void {
  const { inputs, outputs } = operator;
  const [x, kernel] = inputs;
  const [outs, ins] = write.shape(kernel);
  const rank = write.shape(x).length;
  const pixel = rank === 4 && write.isPixel(x);
  const flat = rank === 2 ? write.tensor(x, 'logical') : pixel ? write.tensor(x, 'rows') : undefined;
  const rows = flat ?? write.node('Reshape', [write.tensor(x, 'logical'), write.integers([-1, ins])]);
  const product = multiplied(write, rows, [outs, ins], operator);
  const isMatrix = write.shape(outputs[0]).length === 2;
  finish(
    write,
    operator,
    'logical',
    isMatrix ? product : write.node('Reshape', [product, write.extents(write.shape(outputs[0]))]),
  );
}

/** rows [N, in] by a kernel [out, in] that is the operator's second input, plus the bias that is its third. */
function multiplied(
  write: OnnxWriter,
  rows: string,
  kernel: Shape,
  { op, inputs: [, weights, bias] }: TfliteOperator,
): string {
  const matrix = write.floats(write.numbers(weights, op), kernel, write.describe(weights).name);
  const operands = [rows, matrix];
  if (bias !== undefined && bias >= 0) operands.push(write.tensor(bias, 'logical'));
  return write.node('Gemm', operands, { transB: 1 });
}

function pool(op: 'MaxPool' | 'AveragePool'): Write {
  return (write, operator) => {
    const { inputs, options } = operator;
    const taps = [Number(options.filter_height), Number(options.filter_width)] as const;
    const strides = [Number(options.stride_h), Number(options.stride_w)] as const;
    const pads = padding(write.shape(inputs[0]), taps, strides, operator);
    const pooled = write.node(op, [write.tensor(inputs[0], 'image')], { kernel_shape: taps, strides, pads });
    finish(write, operator, 'image', pooled);
  };
}

/** Zeros around an image as ONNX lists them: top, left, bottom, right. `taps` spans the dilated kernel. */
function padding(
  image: Shape,
  taps: readonly [number, number],
  strides: readonly [number, number],
  { options }: TfliteOperator,
): number[] {
  const kind = options.padding === 'SAME' ? 'same' : 'valid';
  const [rows, columns] = strides.map((stride) => resolvePadding(image, taps, stride, kind));
  return [rows.top, columns.left, rows.bottom, columns.right];
}

function mean(write: OnnxWriter, operator: TfliteOperator): void {
  const { op, inputs, outputs, options } = operator;
  const [x, axes] = inputs;
  const rank = write.shape(x).length;
  const over = write.wholeNumbers(axes, op).map((axis) => (axis < 0 ? axis + rank : axis));
  if (rank === 4 && over.length === 2 && over.includes(1) && over.includes(2)) {
    const pooled = write.node('GlobalAveragePool', [write.tensor(x, 'image')]);
    if (options.keep_dims) write.define(outputs[0], 'image', pooled);
    else write.define(outputs[0], 'logical', write.node('Flatten', [pooled], { axis: 1 }));
    return;
  }
  const reduced = write.node('ReduceMean', [write.tensor(x, 'logical'), write.integers(over)], {
    keepdims: options.keep_dims ? 1 : 0,
  });
  write.define(outputs[0], 'logical', reduced);
}

function binary(op: string): Write {
  return (write, operator) => {
    const layout = commonLayout(write, operator);
    const operands = operator.inputs.map((input) => write.tensor(input, layout));
    finish(write, operator, layout, write.node(op, operands));
  };
}

/** Where the operands lie already: turning an image costs more than the operation itself. */
function commonLayout(write: OnnxWriter, { inputs, outputs: [output] }: TfliteOperator): TensorLayout {
  const computed = inputs.filter((input) => !write.isConstant(input));
  if (write.shape(output).length !== 4 || computed.some((input) => write.shape(input).length !== 4))
    return 'logical';
  const layouts = computed.map((input) => write.layoutOf(input));
  if (layouts.every((layout) => layout === 'rows')) return 'rows';
  return layouts.some((layout) => layout !== 'logical') ? 'image' : 'logical';
}

function unary(op: string): Write {
  return (write, { inputs: [x], outputs: [y] }) => {
    const layout = write.layoutOf(x);
    write.define(y, layout, write.node(op, [write.tensor(x, layout)]));
  };
}

function activation(write: OnnxWriter, { op, inputs: [x], outputs: [y] }: TfliteOperator): void {
  const layout = write.layoutOf(x);
  write.define(y, layout, activated(write, write.tensor(x, layout), op));
}

/** Applies the operator's fused activation, and defines its output. */
function finish(write: OnnxWriter, operator: TfliteOperator, layout: TensorLayout, computed: string): void {
  write.define(operator.outputs[0], layout, activated(write, computed, activationOf(operator)));
}

function activated(write: OnnxWriter, computed: string, kind: string): string {
  const clip = (low: number, high: number) =>
    write.node('Clip', [
      computed,
      write.floats(Float32Array.of(low), []),
      write.floats(Float32Array.of(high), []),
    ]);
  switch (kind) {
    case 'NONE':
      return computed;
    case 'RELU':
      return write.node('Relu', [computed]);
    case 'RELU6':
      return clip(0, 6);
    case 'RELU_N1_TO_1':
      return clip(-1, 1);
    case 'TANH':
      return write.node('Tanh', [computed]);
    default:
      throw write.refusal(kind, 'has no ONNX form here');
  }
}

/** Vectors along the last axis at length 1; the smallest length is TensorFlow Lite's 1e-6. */
function l2Normalization(write: OnnxWriter, operator: TfliteOperator): void {
  const x = write.tensor(operator.inputs[0], 'logical');
  const length = write.node('ReduceL2', [x, write.integers([-1])], { keepdims: 1 });
  const positive = write.node('Max', [length, write.floats(Float32Array.of(1e-6), [])]);
  finish(write, operator, 'logical', write.node('Div', [x, positive]));
}

/** The shape is that of the output, which the file knows. An image of one pixel lies as its row already. */
function reshape(write: OnnxWriter, { inputs: [x], outputs: [y] }: TfliteOperator): void {
  const shape = write.shape(y);
  const isRow = shape.length === 2 && write.shape(x).length === 4 && write.isPixel(x);
  const reshaped = isRow
    ? write.tensor(x, 'rows')
    : write.node('Reshape', [write.tensor(x, 'logical'), write.extents(shape)]);
  write.define(y, 'logical', reshaped);
}

function pad(write: OnnxWriter, { op, inputs: [x, amounts], outputs: [y] }: TfliteOperator): void {
  const pairs = write.wholeNumbers(amounts, op);
  const before = pairs.filter((_, at) => at % 2 === 0);
  const after = pairs.filter((_, at) => at % 2 === 1);
  const isImage = write.layoutOf(x) === 'image';
  const order = isImage ? [0, 3, 1, 2] : before.map((_, axis) => axis);
  const margins = write.integers([before, after].flatMap((side) => order.map((axis) => side[axis])));
  const layout = isImage ? 'image' : 'logical';
  write.define(y, layout, write.node('Pad', [write.tensor(x, layout), margins]));
}

function gather(
  write: OnnxWriter,
  { op, inputs: [x, indices], outputs: [y], options }: TfliteOperator,
): void {
  if (options.batch_dims) throw write.refusal(op, 'with batch dimensions has no ONNX form here');
  const places = write.node('Reshape', [
    write.integers(write.wholeNumbers(indices, op)),
    write.integers(write.shape(indices)),
  ]);
  const axis = Number(options.axis);
  write.define(y, 'logical', write.node('Gather', [write.tensor(x, 'logical'), places], { axis }));
}

function dequantize(write: OnnxWriter, { op, inputs: [x], outputs: [y] }: TfliteOperator): void {
  const constant = write.describe(x);
  if (constant.data === undefined || !['float16', 'int8'].includes(constant.type))
    throw write.refusal(op, `unpacks ${constant.type} that is no constant kernel`);
  write.unpack(y, constantFloats(constant));
}

/** The real Fourier transform as products with a matrix of cosines and one of sines, interleaved: windows are short, and products fast. */
function realFourierTransform(write: OnnxWriter, operator: TfliteOperator): void {
  const { op, inputs, outputs } = operator;
  const shape = write.shape(inputs[0]);
  const [rows, points] = write.wholeNumbers(inputs[1], op);
  if (rows !== 1 || points !== shape.at(-1))
    throw write.refusal(op, 'over several rows has no ONNX form here');
  const bins = points / 2 + 1;
  const matrix = new Float32Array(points * bins * 2);
  for (let point = 0; point < points; point++)
    for (let bin = 0; bin < bins; bin++) {
      const angle = (-2 * Math.PI * ((point * bin) % points)) / points;
      matrix[(point * bins + bin) * 2] = Math.cos(angle);
      matrix[(point * bins + bin) * 2 + 1] = Math.sin(angle);
    }
  const frames = write.node('Reshape', [
    write.tensor(inputs[0], 'logical'),
    write.integers([sizeOf(shape) / points, points]),
  ]);
  const product = write.node('MatMul', [frames, write.floats(matrix, [points, bins * 2], 'fourier')]);
  const spectrum = [...shape.slice(0, -1), bins, 2];
  write.define(outputs[0], 'logical', write.node('Reshape', [product, write.integers(spectrum)]));
}

function complexMagnitude(write: OnnxWriter, { inputs: [x], outputs: [y] }: TfliteOperator): void {
  const spectrum = write.tensor(x, 'logical');
  write.define(y, 'logical', write.node('ReduceL2', [spectrum, write.integers([-1])], { keepdims: 0 }));
}
