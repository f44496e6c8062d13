/**
 * Full integer arithmetic: int8 activations with one scale and zero point each, int8 kernels per output channel, int32
 * biases (the TFLite 8-bit quantisation specification). Input and output stay float32, and so does whatever comes
 * before the first layer. The shape of the result is what XNNPACK runs without falling back.
 */
import { ModelError } from 'frill-audio';
import {
  bytesOf,
  floatsOf,
  type Quantization,
  type Subgraph,
  type TfliteTensor,
} from '../../tflite/model.js';
import { quantizedKernel } from './compress-weights.js';
import { channelAxis, LAYERS, SubgraphEditor } from './editing.js';

/** Smallest and largest value that an activation took, by tensor index. */
export type ActivationRanges = readonly { readonly low: number; readonly high: number }[];

/** Operators whose output must have exactly the input's scale and zero point. */
const MOVING: ReadonlySet<string> = new Set(['RESHAPE', 'PAD']);
const ARITHMETIC: ReadonlySet<string> = new Set(['ADD', 'MUL', 'MEAN']);

export function fullInt8(subgraph: Subgraph, ranges: ActivationRanges): Subgraph {
  const edit = new SubgraphEditor(subgraph);
  const { tensors } = edit;
  /** The int8 tensor that stands for each float32 one. */
  const codes = new Map<number, number>();
  const firstLayer = subgraph.operators.findIndex(({ op }) => LAYERS.has(op));

  const quantized = (index: number, quantization: Quantization): number => {
    const { name, shape } = subgraph.tensors[index];
    const made = edit.tensor({ name, shape, type: 'int8', quantization });
    codes.set(index, made);
    return made;
  };
  const operand = (index: number): number => {
    const { data } = subgraph.tensors[index];
    const known = codes.get(index);
    if (known !== undefined) return known;
    if (data) return edit.tensor(quantizedConstant(subgraph.tensors[index]));
    const made = quantized(index, gridOf(ranges[index]));
    edit.operator('QUANTIZE', [index], [made]);
    return made;
  };

  for (const [position, operator] of subgraph.operators.entries()) {
    const { op, inputs, outputs, options } = operator;
    if (position < firstLayer) {
      edit.operators.push(operator);
    } else if (LAYERS.has(op)) {
      const x = operand(inputs[0]);
      const least = scalesThatHold(tensors[inputs[2]], scaleOf(tensors[x]));
      const kernel = quantizedKernel(tensors[inputs[1]], channelAxis(op), least);
      const bias = quantizedBias(tensors[inputs[2]], scaleOf(tensors[x]), kernel);
      const y = quantized(outputs[0], gridOf(ranges[outputs[0]]));
      edit.operator(op, [x, edit.tensor(kernel), edit.tensor(bias)], [y], options);
    } else if (MOVING.has(op)) {
      const x = operand(inputs[0]);
      const { quantization } = tensors[x];
      if (quantization)
        edit.operator(op, [x, ...inputs.slice(1)], [quantized(outputs[0], quantization)], options);
    } else if (ARITHMETIC.has(op)) {
      const operands = inputs.map((input) => (tensors[input].type === 'int32' ? input : operand(input)));
      edit.operator(op, operands, [quantized(outputs[0], gridOf(ranges[outputs[0]]))], options);
    } else {
      throw new ModelError({
        what: `the operator ${op} has no int8 form here`,
        remedy: 'Export another form, such as int8-weight',
      });
    }
  }
  const outputs = subgraph.outputs.map((output) => {
    const { name, shape } = subgraph.tensors[output];
    return edit.apply('DEQUANTIZE', [operand(output)], { name: `${name}/float`, shape, type: 'float32' });
  });
  return edit.finish({ outputs });
}

/** The asymmetric grid over a range; 0 is always one of its points, as zero padding needs. */
function gridOf({ low, high }: { low: number; high: number }): Quantization {
  const bottom = Math.min(low, 0);
  const top = Math.max(high, 0);
  const scale = Math.fround((top - bottom) / 255 || 1);
  const zeroPoint = Math.max(-128, Math.min(127, Math.round(-128 - bottom / scale)));
  return { scales: [scale], zeroPoints: [zeroPoint], axis: 0 };
}

function scaleOf({ name, quantization }: TfliteTensor): number {
  if (!quantization) throw new Error(`${name} has no scale`);
  return quantization.scales[0];
}

function quantizedConstant(constant: TfliteTensor): TfliteTensor {
  const values = floatsOf(constant);
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const scale = Math.fround(largest / 127);
  const data = bytesOf(Int8Array.from(values, (value) => Math.round(value / scale)));
  const quantization = { scales: [scale], zeroPoints: [0], axis: 0 };
  return { name: constant.name, shape: constant.shape, type: 'int8', data, quantization };
}

/**
 * The least scale of each channel's kernel at which its bias is at most 2^30 steps. Only a dead channel, whose kernel
 * batch normalisation shrank to almost nothing, needs it: on its own scale the bias would not fit into int32.
 */
function scalesThatHold(bias: TfliteTensor, inputScale: number): number[] {
  return Array.from(floatsOf(bias), (value) => Math.fround(Math.abs(value) / (2 ** 30 * inputScale)));
}

/** int32 at the scale of the products: that of the input times that of the kernel's channel. */
function quantizedBias(bias: TfliteTensor, inputScale: number, kernel: TfliteTensor): TfliteTensor {
  const scales = (kernel.quantization?.scales ?? []).map((scale) => Math.fround(scale * inputScale));
  const values = floatsOf(bias);
  const data = bytesOf(Int32Array.from(values, (value, channel) => Math.round(value / scales[channel])));
  const quantization = { scales, zeroPoints: scales.map(() => 0), axis: 0 };
  return { name: bias.name, shape: bias.shape, type: 'int32', data, quantization };
}
