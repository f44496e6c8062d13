/**
 * Turns the operators of a subgraph into steps before anything runs, so that a run has nothing to decide and only calls kernels. A file
 * that the engine cannot run is thereby refused when it is opened, by the name of the operator. Constants that are unpacked first
 * (`DEQUANTIZE`) move into the layer that reads them; fusions.ts puts several operators into one step.
 */
import type { LogMelKernel } from '../frontend/definition.js';
import type { FrontendParameters } from '../frontend/parameters.js';
import { matchFrontend } from './frontend-match.js';
import { activationIntoLayer, type Fusible, sumIntoConvolution, swishIntoLayer } from './fusions.js';
import { type GraphOperator, type GraphTensor, type Subgraph, sizeOf } from './graph.js';
import { largestCode } from './kernels/integer-convolution.js';
import { strideOf, type Value, type ValueQuantization } from './layout.js';
import { Operands } from './operands.js';
import {
  type Activation,
  isPointwise,
  type Lowered,
  operandsOf,
  type SlidingWindow,
  type Step,
  type StepOf,
} from './step.js';
import { valuesOf } from './weights.js';

export interface LowerOptions {
  /** What errors call the file. */
  readonly where: string;
  /** The front end that an audio-in file says it holds, and what computes it. */
  readonly frontend: { readonly parameters: FrontendParameters; readonly logMel: LogMelKernel } | undefined;
}

/** Throws ModelError where an operator, or a use of it, is none that the engine has. */
export function lower(subgraph: Subgraph, { where, frontend }: LowerOptions): Lowered {
  const lowering = new Lowering(subgraph, where);
  const prefix = frontend && matchFrontend(subgraph, frontend.parameters);
  if (prefix) {
    const [input] = subgraph.inputs;
    lowering.steps.push({ kind: 'log-mel', input, output: prefix.output, ...frontend });
  }
  for (const operator of subgraph.operators.slice(prefix?.operators ?? 0)) lowering.operator(operator);
  return lowering.finish();
}

const INTEGER_STEPS: ReadonlySet<Step['kind']> = new Set([
  'convolution',
  'depthwise',
  'average-pool',
  'scale',
  'add',
  'pad',
]);

class Lowering {
  readonly steps: Step[] = [];
  readonly #subgraph: Subgraph;
  readonly #operands: Operands;
  readonly #values: Value[];
  readonly #lowered: Fusible;

  constructor(subgraph: Subgraph, where: string) {
    this.#subgraph = subgraph;
    this.#values = subgraph.tensors.map((tensor) => ({
      shape: tensor.shape,
      quantization: quantizationOf(tensor),
      alias: undefined,
    }));
    this.#operands = new Operands(subgraph, this.#values, where);
    const reads = subgraph.tensors.map(() => 0);
    for (const { inputs } of subgraph.operators) for (const input of inputs) if (input >= 0) reads[input]++;
    for (const output of subgraph.outputs) reads[output]++;
    this.#lowered = { steps: this.steps, values: this.#values, reads };
  }

  finish(): Lowered {
    for (const step of this.steps)
      if (step.kind === 'add' && typeof step.other !== 'number' && this.#values[step.output].quantization)
        throw this.#operands.refusal('ADD', 'of int8 and a constant outside of a hard swish');
    const { inputs, outputs } = this.#subgraph;
    return { values: this.#values, steps: this.steps, inputs, outputs };
  }

  operator(operator: GraphOperator): void {
    const { op, inputs, outputs } = operator;
    const [input] = inputs;
    const [output] = outputs;
    const activation = this.#operands.activation(operator);
    switch (op) {
      case 'CONV_2D':
        this.#convolution(operator, activation);
        break;
      case 'FULLY_CONNECTED':
        this.#dense(operator, activation);
        break;
      case 'DEPTHWISE_CONV_2D':
        this.#depthwise(operator, activation);
        break;
      case 'HARD_SWISH':
      case 'RELU':
      case 'RELU6':
        this.#activate(operator, op);
        break;
      case 'MEAN':
        this.#mean(operator);
        break;
      case 'MAX_POOL_2D':
        this.#operands.needs(operator, activation === 'NONE', `with ${activation}`);
        this.#maxPool(operator);
        break;
      case 'ADD':
      case 'MUL':
        this.#elementwise(operator, activation);
        break;
      case 'L2_NORMALIZATION':
        this.#operands.needs(operator, activation === 'NONE', `with ${activation}`);
        this.steps.push({ kind: 'normalise', input, output });
        break;
      case 'PAD':
        this.#pad(operator);
        break;
      case 'RESHAPE':
        this.#reshape(operator);
        break;
      case 'QUANTIZE':
        this.#quantise(operator);
        break;
      case 'DEQUANTIZE':
        if (!this.#operands.unpacks(operator)) this.steps.push({ kind: 'dequantise', input, output });
        break;
      default:
        throw this.#operands.refusal(op);
    }
    this.#checkIntegers(operator);
  }

  #convolution(operator: GraphOperator, activation: Activation): void {
    const [input, , bias] = operator.inputs;
    const kernel = this.#operands.kernel(operator);
    const [, rows, columns, ins] = kernel.shape;
    const channels = this.#values[input].shape[3];
    this.#operands.needs(operator, ins === channels, `with ${channels / ins} groups`);
    this.#operands.dilations(operator, 4);
    const [output] = operator.outputs;
    const window = this.#operands.window(operator, rows, columns);
    this.#pushConvolution({
      input: this.#padded(input, output, window),
      output,
      kernel,
      bias: this.#operands.bias(operator, bias),
      activation,
      window: { ...window, top: 0, left: 0 },
    });
  }

  /** Where only the weights are int8, pixels become codes too, so that a layer is computed in integers. */
  #pushConvolution(layer: Omit<StepOf<'convolution'>, 'kind' | 'residual' | 'ofCodes'>): void {
    const { shape, quantization } = this.#values[layer.input];
    const channels = shape.at(-1) ?? 1;
    const ofCodes =
      layer.kernel.type === 'int8' && !quantization && channels > 1 && isPointwise(layer.window);
    const input = ofCodes ? this.#inCodes(layer.input, channels) : layer.input;
    this.steps.push({ ...layer, kind: 'convolution', input, residual: undefined, ofCodes });
  }

  #inCodes(input: number, channels: number): number {
    const { shape } = this.#values[input];
    const codes = strideOf(this.#values[input]);
    const rows: Value = {
      shape: [...shape.slice(0, -1), 1 + codes / 2],
      quantization: undefined,
      alias: undefined,
    };
    const output = this.#values.push(rows) - 1;
    this.steps.push({ kind: 'quantise-rows', input, output, limit: largestCode(channels) });
    return output;
  }

  /** The image with zeros around it as far as the window reaches; itself where it does not. */
  #padded(input: number, output: number, window: SlidingWindow): number {
    const [images, inRows, inColumns, channels] = this.#values[input].shape;
    const [, outRows, outColumns] = this.#values[output].shape;
    const { top, left, rows, columns, strideRows, strideColumns } = window;
    const shape = [
      images,
      Math.max(top + inRows, (outRows - 1) * strideRows + rows),
      Math.max(left + inColumns, (outColumns - 1) * strideColumns + columns),
      channels,
    ];
    if (shape[1] === inRows && shape[2] === inColumns) return input;
    const padded =
      this.#values.push({ shape, quantization: this.#values[input].quantization, alias: undefined }) - 1;
    this.steps.push({ kind: 'pad', input, output: padded, top, left });
    return padded;
  }

  #dense(operator: GraphOperator, activation: Activation): void {
    const [input, , bias] = operator.inputs;
    const kernel = this.#operands.kernel(operator);
    const [, ins] = kernel.shape;
    const { shape } = this.#values[input];
    this.#operands.needs(
      operator,
      shape.at(-1) === ins,
      `of ${ins} numbers over an input [${shape.join(', ')}]`,
    );
    const one = { rows: 1, columns: 1, strideRows: 1, strideColumns: 1, top: 0, left: 0 };
    this.#pushConvolution({
      input,
      output: operator.outputs[0],
      kernel,
      bias: this.#operands.bias(operator, bias),
      activation,
      window: one,
    });
  }

  #depthwise(operator: GraphOperator, activation: Activation): void {
    const [input, , bias] = operator.inputs;
    const kernel = this.#operands.kernel(operator);
    const [, rows, columns, channels] = kernel.shape;
    this.#operands.needs(operator, channels === this.#values[input].shape[3], 'with a depth multiplier');
    this.#operands.dilations(operator, 5);
    this.steps.push({
      kind: 'depthwise',
      input,
      output: operator.outputs[0],
      kernel,
      bias: this.#operands.bias(operator, bias),
      activation,
      window: this.#operands.window(operator, rows, columns),
    });
  }

  #activate({ inputs: [input], outputs: [output] }: GraphOperator, activation: Activation): void {
    if (activationIntoLayer(this.#lowered, input, output, activation)) return;
    this.steps.push({ kind: 'add', input, other: new Float32Array(1), output, activation });
  }

  #maxPool(operator: GraphOperator): void {
    const [rows, columns] = [operator.options?.int32(4) ?? 1, operator.options?.int32(3) ?? 1];
    this.steps.push({
      kind: 'max-pool',
      input: operator.inputs[0],
      output: operator.outputs[0],
      window: this.#operands.window(operator, rows, columns),
    });
  }

  #mean(operator: GraphOperator): void {
    const [input, axes] = operator.inputs;
    const wanted = this.#operands.integers(axes).join();
    const isImage = this.#values[input].shape.length === 4;
    this.#operands.needs(
      operator,
      isImage && (wanted === '1,2' || wanted === '2,1'),
      `over the axes ${wanted}`,
    );
    this.steps.push({ kind: 'average-pool', input, output: operator.outputs[0] });
  }

  #elementwise(operator: GraphOperator, activation: Activation): void {
    const kind = operator.op === 'ADD' ? 'add' : 'multiply';
    const [output] = operator.outputs;
    // Both commute: the larger operand, and of two equal ones the computed one, comes first.
    const [a, b] = operator.inputs.toSorted(
      (x, y) =>
        Number(this.#operands.constant(x) !== undefined) - Number(this.#operands.constant(y) !== undefined) ||
        sizeOf(this.#values[y].shape) - sizeOf(this.#values[x].shape),
    );
    const [shape, other] = [this.#values[a].shape, this.#values[b].shape];
    const constant = this.#operands.constant(b);
    if (constant) {
      const numbers = valuesOf(constant);
      const fits = numbers.length === 1 || numbers.length === shape.at(-1);
      this.#operands.needs(operator, fits, `of [${shape.join(', ')}] and a constant [${other.join(', ')}]`);
      this.steps.push({ kind, input: a, other: numbers, output, activation });
    } else if (shape.join() === other.join()) {
      if (kind === 'multiply' && swishIntoLayer(this.#lowered, a, b, output)) return;
      if (kind === 'add' && sumIntoConvolution(this.#lowered, a, b, output, activation)) return;
      this.steps.push({ kind, input: a, other: b, output, activation });
    } else {
      const isGate = kind === 'multiply' && [shape[0], 1, 1, shape[3]].join() === other.join();
      const plain = isGate && activation === 'NONE';
      this.#operands.needs(operator, plain, `of [${shape.join(', ')}] and [${other.join(', ')}]`);
      this.steps.push({ kind: 'scale', input: a, gate: b, output });
    }
  }

  #pad(operator: GraphOperator): void {
    const [input, amounts] = operator.inputs;
    const [n0, n1, top, , left, , c0, c1] = this.#operands.integers(amounts);
    const isImage = this.#values[input].shape.length === 4 && n0 + n1 + c0 + c1 === 0;
    this.#operands.needs(operator, isImage, 'of anything but rows and columns of an image');
    this.steps.push({ kind: 'pad', input, output: operator.outputs[0], top, left });
  }

  #reshape(operator: GraphOperator): void {
    const [input] = operator.inputs;
    const [output] = operator.outputs;
    const [from, to] = [this.#values[input], this.#values[output]];
    const isDense = (value: Value) => strideOf(value) === value.shape.at(-1);
    if (from.shape.at(-1) === to.shape.at(-1) || (isDense(from) && isDense(to))) {
      this.#values[output] = { ...to, alias: input };
      return;
    }
    this.#operands.needs(operator, from.quantization === undefined, `of int8 rows of ${from.shape.at(-1)}`);
    this.steps.push({ kind: 'repack', input, output });
  }

  #quantise(operator: GraphOperator): void {
    const [input] = operator.inputs;
    const [output] = operator.outputs;
    const [from, to] = [this.#values[input], this.#values[output]];
    const isSameLayout =
      from.quantization === undefined && to.quantization !== undefined && strideOf(from) === strideOf(to);
    this.#operands.needs(operator, isSameLayout, `of an input [${from.shape.join(', ')}]`);
    this.steps.push({ kind: 'quantise', input, output });
  }

  /** Not everything has a kernel in integers. */
  #checkIntegers(operator: GraphOperator): void {
    const step = this.steps.at(-1);
    if (!step || step.output !== operator.outputs[0]) return;
    const isInteger = [...operandsOf(step), step.output].map(
      (value) => this.#values[value].quantization !== undefined,
    );
    if (!isInteger.includes(true) || step.kind === 'quantise' || step.kind === 'dequantise') return;
    const isWhole = !isInteger.includes(false);
    const holds = isWhole && INTEGER_STEPS.has(step.kind);
    this.#operands.needs(operator, holds, isWhole ? 'in int8' : 'of int8 and float32');
  }
}

/** Scale and zero point of a computed tensor in int8; constants carry their own. */
function quantizationOf(tensor: GraphTensor): ValueQuantization | undefined {
  if (tensor.type !== 'int8' || tensor.data) return undefined;
  const { quantization } = tensor;
  return { scale: quantization?.scales[0] ?? 1, zeroPoint: quantization?.zeroPoints[0] ?? 0 };
}
