/**
 * A student as an ONNX file for onnxruntime and whatever else reads that format: the float32 subgraph of the .tflite
 * export, operator by operator, in ONNX's channels-first layout inside, with an open batch size.
 */
import { ModelError } from 'frill';
import { encodeModel, type OnnxConstant, type OnnxNode } from '../engine/ort/onnx-model.js';
import type { OnnxAttribute } from '../graph/onnx-emitter.js';
import { resolvePadding } from '../graph/sliding-window.js';
import type { Shape } from '../tensor/tensor.js';
import { activationOf, floatsOf, type Subgraph, type TfliteOperator, type TfliteTensor } from './model.js';

/**
 * The bytes of the file: `log_mel` [N, frames, bands, 1] -> `embedding` [N, D]. `subgraph` has batch size 1 and form
 * float32; `metadata` goes into the file as text by key. Throws ModelError for an operator it does not know.
 */
export function writeOnnx(subgraph: Subgraph, metadata: Readonly<Record<string, string>>): Uint8Array {
  const writer = new OnnxWriter(subgraph);
  for (const operator of subgraph.operators) writer.write(operator);
  const [input] = subgraph.inputs.map((index) => subgraph.tensors[index]);
  const [output] = subgraph.outputs.map((index) => subgraph.tensors[index]);
  writer.node('Identity', [writer.name(subgraph.outputs[0])], {}, 'embedding');
  return encodeModel({
    inputs: [{ name: 'log_mel', shape: input.shape }],
    outputs: [{ name: 'embedding', shape: output.shape }],
    constants: writer.constants,
    nodes: writer.nodes,
    batch: 'open',
    metadata,
  });
}

class OnnxWriter {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxConstant[] = [];
  /** Images lie as [N, channels, rows, columns] here. */
  readonly #names = new Map<number, string>();

  constructor(readonly subgraph: Subgraph) {
    this.#names.set(subgraph.inputs[0], this.node('Transpose', ['log_mel'], { perm: [0, 3, 1, 2] }));
  }

  node(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    output = `${op}_${this.nodes.length}`,
  ): string {
    this.nodes.push({ op, domain: '', inputs, outputs: [output], attributes });
    return output;
  }

  /** Name of a tensor; constants are written on first use, images of them turned to channels first. */
  name(index: number): string {
    const known = this.#names.get(index);
    if (known !== undefined) return known;
    const tensor = this.#tensor(index);
    const shape = tensor.shape;
    const made =
      shape.length === 4
        ? this.#constant(index, turned(tensor, [0, 3, 1, 2]), [shape[0], shape[3], shape[1], shape[2]])
        : this.#constant(index, floatsOf(tensor), shape);
    this.#names.set(index, made);
    return made;
  }

  write(operator: TfliteOperator): void {
    const result = this.#activated(this.#compute(operator), activationOf(operator));
    this.#names.set(operator.outputs[0], result);
  }

  #compute(operator: TfliteOperator): string {
    const { op, inputs } = operator;
    switch (op) {
      case 'CONV_2D':
      case 'DEPTHWISE_CONV_2D':
        return this.#convolution(operator);
      case 'FULLY_CONNECTED':
        return this.node(
          'Gemm',
          inputs.map((each) => this.name(each)),
          { transB: 1 },
        );
      case 'ADD':
      case 'MUL':
        return this.node(
          op === 'ADD' ? 'Add' : 'Mul',
          inputs.map((each) => this.name(each)),
        );
      case 'MEAN':
        return this.node('GlobalAveragePool', [this.name(inputs[0])]);
      case 'HARD_SWISH':
        return this.node('HardSwish', [this.name(inputs[0])]);
      case 'RELU':
      case 'RELU6':
        return this.#activated(this.name(inputs[0]), op);
      case 'RESHAPE':
        return this.#flatten(inputs[0]);
      default:
        throw new ModelError({ what: `the operator ${op} has no ONNX form here`, remedy: 'Export .tflite' });
    }
  }

  /** Kernels: TFLite's [out, rows, columns, in] or [1, rows, columns, channels] -> [out, in per group, rows, columns]. */
  #convolution({ op, inputs, options }: TfliteOperator): string {
    const [x, kernel, bias] = inputs;
    const { shape } = this.#tensor(kernel);
    const [, rows, columns] = shape;
    const isDepthwise = op === 'DEPTHWISE_CONV_2D';
    const weights = isDepthwise
      ? this.#constant(kernel, turned(this.#tensor(kernel), [3, 0, 1, 2]), [shape[3], 1, rows, columns])
      : this.#constant(kernel, turned(this.#tensor(kernel), [0, 3, 1, 2]), [
          shape[0],
          shape[3],
          rows,
          columns,
        ]);
    const stride = Number(options.stride_h);
    const padding = options.padding === 'SAME' ? 'same' : 'valid';
    const { top, left, bottom, right } = resolvePadding(
      this.#tensor(x).shape,
      [rows, columns],
      stride,
      padding,
    );
    return this.node('Conv', [this.name(x), weights, this.name(bias)], {
      kernel_shape: [rows, columns],
      strides: [stride, stride],
      pads: [top, left, bottom, right],
      group: isDepthwise ? shape[3] : 1,
    });
  }

  /** The rows of the flattened map are in the order row, column, channel, as everywhere else. */
  #flatten(input: number): string {
    const [, rows, columns] = this.#tensor(input).shape;
    const image = this.name(input);
    const ordered = rows * columns === 1 ? image : this.node('Transpose', [image], { perm: [0, 2, 3, 1] });
    return this.node('Flatten', [ordered], { axis: 1 });
  }

  #activated(tensor: string, activation: string): string {
    if (activation === 'RELU') return this.node('Relu', [tensor]);
    if (activation === 'RELU6') return this.node('Clip', [tensor, this.#scalar(0), this.#scalar(6)]);
    return tensor;
  }

  #scalar(value: number): string {
    const name = `scalar_${value}`;
    if (!this.constants.some((constant) => constant.name === name))
      this.constants.push({ name, shape: [], data: Float32Array.of(value) });
    return name;
  }

  #constant(index: number, data: Float32Array, shape: Shape): string {
    const name = `${this.#tensor(index).name}_${index}`;
    this.constants.push({ name, shape, data });
    return name;
  }

  #tensor(index: number): TfliteTensor {
    return this.subgraph.tensors[index];
  }
}

/** A four-dimensional constant with its axes in another order: axis `i` of the result is axis `order[i]`. */
function turned(tensor: TfliteTensor, order: readonly number[]): Float32Array {
  const values = floatsOf(tensor);
  const { shape } = tensor;
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((size, extent) => size * extent, 1));
  const [a, b, c, d] = order.map((axis) => ({ extent: shape[axis], stride: strides[axis] }));
  const result = new Float32Array(values.length);
  let at = 0;
  for (let i = 0; i < a.extent; i++)
    for (let j = 0; j < b.extent; j++)
      for (let k = 0; k < c.extent; k++)
        for (let l = 0; l < d.extent; l++)
          result[at++] = values[i * a.stride + j * b.stride + k * c.stride + l * d.stride];
  return result;
}
