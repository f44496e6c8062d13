/**
 * From the operators of a subgraph to steps. Activations move into the layer before them, sums of two tensors into the
 * convolution that makes one of them, constants that are unpacked first (`DEQUANTIZE`) into the layer that reads them.
 * What cannot be run is refused by name.
 */
import { ModelError } from '../errors.js';
import type { FrontendParameters } from '../frontend/parameters.js';
import { matchFrontend } from './frontend-match.js';
import {
  fusedActivation,
  type GraphOperator,
  type GraphTensor,
  type Sliding,
  type Subgraph,
  sizeOf,
  slidingOptions,
} from './graph.js';
import { type Grid, strideOf, type Value } from './layout.js';
import { type Activation, type Lowered, operandsOf, type Step, type Window } from './step.js';
import { valuesOf } from './weights.js';

export interface LowerOptions {
  /** What errors call the file. */
  readonly where: string;
  /** The front end that an audio-in file says it holds. */
  readonly frontend: FrontendParameters | undefined;
}

/** Throws ModelError where an operator, or a use of it, is none that the engine has. */
export function lower(subgraph: Subgraph, { where, frontend }: LowerOptions): Lowered {
  const lowering = new Lowering(subgraph, where);
  const prefix = frontend && matchFrontend(subgraph, frontend);
  if (prefix) {
    const [input] = subgraph.inputs;
    lowering.steps.push({ kind: 'log-mel', input, output: prefix.output, parameters: frontend });
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
  readonly #where: string;
  readonly #values: Value[];
  /** Constants behind tensors that are unpacked at run time. */
  readonly #unpacked = new Map<number, GraphTensor>();
  /** How often each tensor is read. */
  readonly #reads: number[];

  constructor(subgraph: Subgraph, where: string) {
    this.#subgraph = subgraph;
    this.#where = where;
    this.#values = subgraph.tensors.map((tensor) => ({
      shape: tensor.shape,
      grid: gridOf(tensor),
      alias: undefined,
    }));
    this.#reads = subgraph.tensors.map(() => 0);
    for (const { inputs } of subgraph.operators)
      for (const input of inputs) if (input >= 0) this.#reads[input]++;
    for (const output of subgraph.outputs) this.#reads[output]++;
  }

  finish(): Lowered {
    for (const step of this.steps)
      if (step.kind === 'add' && typeof step.other !== 'number' && this.#values[step.output].grid)
        throw this.#refusal('ADD', 'of int8 and a constant outside of a hard swish');
    const { inputs, outputs } = this.#subgraph;
    return { values: this.#values, steps: this.steps, inputs, outputs };
  }

  operator(operator: GraphOperator): void {
    const { op, inputs, outputs } = operator;
    const [input] = inputs;
    const [output] = outputs;
    const activation = this.#activation(operator);
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
        this.#needs(operator, activation === 'NONE', `with ${activation}`);
        this.#maxPool(operator);
        break;
      case 'ADD':
      case 'MUL':
        this.#elementwise(operator, activation);
        break;
      case 'L2_NORMALIZATION':
        this.#needs(operator, activation === 'NONE', `with ${activation}`);
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
        if (this.#subgraph.tensors[input].data) this.#unpacked.set(output, this.#subgraph.tensors[input]);
        else this.steps.push({ kind: 'dequantise', input, output });
        break;
      default:
        throw this.#refusal(op);
    }
    this.#checkIntegers(operator);
  }

  #convolution(operator: GraphOperator, activation: Activation): void {
    const [input, , bias] = operator.inputs;
    const kernel = this.#kernel(operator);
    const [, rows, columns, ins] = kernel.shape;
    const channels = this.#values[input].shape[3];
    this.#needs(operator, ins === channels, `with ${channels / ins} groups`);
    this.#dilations(operator, 4);
    const [output] = operator.outputs;
    const window = this.#window(operator, rows, columns);
    this.steps.push({
      kind: 'convolution',
      input: this.#padded(input, output, window),
      output,
      kernel,
      bias: this.#bias(operator, bias),
      activation,
      window: { ...window, top: 0, left: 0 },
      residual: undefined,
    });
  }

  /** The image with zeros around it as far as the window reaches; itself where it does not. */
  #padded(input: number, output: number, window: Window): number {
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
    const padded = this.#values.push({ shape, grid: this.#values[input].grid, alias: undefined }) - 1;
    this.steps.push({ kind: 'pad', input, output: padded, top, left });
    return padded;
  }

  #dense(operator: GraphOperator, activation: Activation): void {
    const [input, , bias] = operator.inputs;
    const stored = this.#kernel(operator);
    const [outs, ins] = stored.shape;
    const { shape } = this.#values[input];
    this.#needs(operator, shape.at(-1) === ins, `of ${ins} numbers over an input [${shape.join(', ')}]`);
    const one = { rows: 1, columns: 1, strideRows: 1, strideColumns: 1, top: 0, left: 0 };
    this.steps.push({
      kind: 'convolution',
      input,
      output: operator.outputs[0],
      kernel: { ...stored, shape: [outs, 1, 1, ins] },
      bias: this.#bias(operator, bias),
      activation,
      window: one,
      residual: undefined,
    });
  }

  #depthwise(operator: GraphOperator, activation: Activation): void {
    const [input, , bias] = operator.inputs;
    const kernel = this.#kernel(operator);
    const [, rows, columns, channels] = kernel.shape;
    this.#needs(operator, channels === this.#values[input].shape[3], 'with a depth multiplier');
    this.#dilations(operator, 5);
    this.steps.push({
      kind: 'depthwise',
      input,
      output: operator.outputs[0],
      kernel,
      bias: this.#bias(operator, bias),
      activation,
      window: this.#window(operator, rows, columns),
    });
  }

  /** Into the layer before, if only this reads it; else an addition of nothing. */
  #activate({ inputs: [input], outputs: [output] }: GraphOperator, activation: Activation): void {
    const at = this.steps.findLastIndex((step) => step.output === input);
    const before = this.steps[at];
    if (this.#reads[input] === 1 && before && 'activation' in before && before.activation === 'NONE')
      this.steps[at] = { ...before, output, activation };
    else this.steps.push({ kind: 'add', input, other: new Float32Array(1), output, activation });
  }

  #maxPool(operator: GraphOperator): void {
    const [rows, columns] = [operator.options?.int32(4) ?? 1, operator.options?.int32(3) ?? 1];
    this.steps.push({
      kind: 'max-pool',
      input: operator.inputs[0],
      output: operator.outputs[0],
      window: this.#window(operator, rows, columns),
    });
  }

  #mean(operator: GraphOperator): void {
    const [input, axes] = operator.inputs;
    const wanted = this.#integers(axes).join();
    const isImage = this.#values[input].shape.length === 4;
    this.#needs(operator, isImage && (wanted === '1,2' || wanted === '2,1'), `over the axes ${wanted}`);
    this.steps.push({ kind: 'average-pool', input, output: operator.outputs[0] });
  }

  #elementwise(operator: GraphOperator, activation: Activation): void {
    const kind = operator.op === 'ADD' ? 'add' : 'multiply';
    const [output] = operator.outputs;
    // Both commute: the larger operand, and of two equal ones the computed one, comes first.
    const [a, b] = operator.inputs.toSorted(
      (x, y) =>
        Number(this.#constant(x) !== undefined) - Number(this.#constant(y) !== undefined) ||
        sizeOf(this.#values[y].shape) - sizeOf(this.#values[x].shape),
    );
    const [shape, other] = [this.#values[a].shape, this.#values[b].shape];
    const constant = this.#constant(b);
    if (constant) {
      const numbers = valuesOf(constant);
      const fits = numbers.length === 1 || numbers.length === shape.at(-1);
      this.#needs(operator, fits, `of [${shape.join(', ')}] and a constant [${other.join(', ')}]`);
      this.steps.push({ kind, input: a, other: numbers, output, activation });
    } else if (shape.join() === other.join()) {
      if (kind === 'multiply' && this.#swishedInLayer(a, b, output)) return;
      if (kind === 'add' && this.#addedInConvolution(a, b, output, activation)) return;
      this.steps.push({ kind, input: a, other: b, output, activation });
    } else {
      const isGate = kind === 'multiply' && [shape[0], 1, 1, shape[3]].join() === other.join();
      const plain = isGate && activation === 'NONE';
      this.#needs(operator, plain, `of [${shape.join(', ')}] and [${other.join(', ')}]`);
      this.steps.push({ kind: 'scale', input: a, gate: b, output });
    }
  }

  /** In int8 files hard swish is spelt x relu6(x + 3): back into the layer that makes x, where that has no other use. */
  #swishedInLayer(a: number, b: number, output: number): boolean {
    const isGateOf = (gate: number, x: number) => (step: Step) =>
      step.kind === 'add' &&
      step.output === gate &&
      step.input === x &&
      step.activation === 'RELU6' &&
      typeof step.other !== 'number' &&
      step.other.length === 1 &&
      Math.abs(step.other[0] - 3) < 1e-5;
    for (const [x, gate] of [
      [a, b],
      [b, a],
    ]) {
      const gateAt = this.steps.findLastIndex(isGateOf(gate, x));
      const at = this.steps.findLastIndex((step) => step.output === x);
      const layer = this.steps[at];
      const isLayer = layer?.kind === 'convolution' || layer?.kind === 'depthwise';
      if (gateAt < 0 || !isLayer || layer.activation !== 'NONE') continue;
      if (this.#reads[x] !== 2 || this.#reads[gate] !== 1 || !this.#values[x].grid) continue;
      if (layer.kind === 'convolution' && layer.residual !== undefined) continue;
      this.steps[at] = { ...layer, output, activation: 'SWISH' };
      this.steps.splice(gateAt, 1);
      return true;
    }
    return false;
  }

  /** A sum moves into the later of the convolutions that make its terms, if nothing else reads that. */
  #addedInConvolution(a: number, b: number, output: number, activation: Activation): boolean {
    const at = this.steps.findLastIndex((step) => step.output === a || step.output === b);
    const step = this.steps[at];
    if (
      step?.kind !== 'convolution' ||
      step.activation !== 'NONE' ||
      step.residual !== undefined ||
      this.#reads[step.output] !== 1
    )
      return false;
    this.steps[at] = { ...step, residual: step.output === a ? b : a, output, activation };
    return true;
  }

  #pad(operator: GraphOperator): void {
    const [input, amounts] = operator.inputs;
    const [n0, n1, top, , left, , c0, c1] = this.#integers(amounts);
    const isImage = this.#values[input].shape.length === 4 && n0 + n1 + c0 + c1 === 0;
    this.#needs(operator, isImage, 'of anything but rows and columns of an image');
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
    this.#needs(operator, from.grid === undefined, `of int8 rows of ${from.shape.at(-1)}`);
    this.steps.push({ kind: 'repack', input, output });
  }

  #quantise(operator: GraphOperator): void {
    const [input] = operator.inputs;
    const [output] = operator.outputs;
    const [from, to] = [this.#values[input], this.#values[output]];
    const isSameLayout = from.grid === undefined && to.grid !== undefined && strideOf(from) === strideOf(to);
    this.#needs(operator, isSameLayout, `of an input [${from.shape.join(', ')}]`);
    this.steps.push({ kind: 'quantise', input, output });
  }

  /** Not everything has a kernel in integers. */
  #checkIntegers(operator: GraphOperator): void {
    const step = this.steps.at(-1);
    if (!step || step.output !== operator.outputs[0]) return;
    const isInteger = [...operandsOf(step), step.output].map(
      (value) => this.#values[value].grid !== undefined,
    );
    if (!isInteger.includes(true) || step.kind === 'quantise' || step.kind === 'dequantise') return;
    const isWhole = !isInteger.includes(false);
    const holds = isWhole && INTEGER_STEPS.has(step.kind);
    this.#needs(operator, holds, isWhole ? 'in int8' : 'of int8 and float32');
  }

  #window(operator: GraphOperator, rows: number, columns: number): Window {
    const { padding, strideRows, strideColumns }: Sliding = slidingOptions(operator);
    const [, inRows, inColumns] = this.#values[operator.inputs[0]].shape;
    const [, outRows, outColumns] = this.#values[operator.outputs[0]].shape;
    // SAME puts the odd pixel of padding at the end.
    const before = (ins: number, outs: number, taps: number, stride: number) =>
      padding === 'SAME' ? Math.floor(Math.max(0, (outs - 1) * stride + taps - ins) / 2) : 0;
    return {
      rows,
      columns,
      strideRows,
      strideColumns,
      top: before(inRows, outRows, rows, strideRows),
      left: before(inColumns, outColumns, columns, strideColumns),
    };
  }

  /** The constant that a layer multiplies with. */
  #kernel(operator: GraphOperator): GraphTensor {
    const kernel = this.#constant(operator.inputs[1]);
    if (kernel) return kernel;
    throw this.#refusal(operator.op, 'with a kernel that is computed');
  }

  #bias(operator: GraphOperator, index: number | undefined): GraphTensor | undefined {
    if (index === undefined || index < 0) return undefined;
    const bias = this.#constant(index);
    if (bias) return bias;
    throw this.#refusal(operator.op, 'with a bias that is computed');
  }

  #constant(index: number): GraphTensor | undefined {
    const tensor = this.#subgraph.tensors[index];
    return tensor?.data ? tensor : this.#unpacked.get(index);
  }

  #integers(index: number): Int32Array {
    const { data } = this.#subgraph.tensors[index] ?? {};
    // Not `slice`: of a Node `Buffer` that would be a view of the whole file.
    return data ? new Int32Array(new Uint8Array(data).buffer) : new Int32Array();
  }

  #activation(operator: GraphOperator): Activation {
    const activation = fusedActivation(operator);
    if (activation === 'NONE' || activation === 'RELU' || activation === 'RELU6') return activation;
    throw this.#refusal(operator.op, `with ${activation}`);
  }

  #dilations(operator: GraphOperator, slot: number): void {
    const dilation = Math.max(
      operator.options?.int32(slot, 1) ?? 1,
      operator.options?.int32(slot + 1, 1) ?? 1,
    );
    this.#needs(operator, dilation === 1, `with dilation ${dilation}`);
  }

  #needs({ op }: GraphOperator, holds: boolean, use: string): void {
    if (!holds) throw this.#refusal(op, use);
  }

  #refusal(op: string, use = ''): ModelError {
    return new ModelError({
      what: `Frill's engine does not run the operator ${op}${use && ` ${use}`}`,
      where: this.#where,
      remedy: "npm install @litertjs/core, and give the option runtime: liteRt() from 'frill-audio/litert'",
    });
  }
}

/** Of a tensor in int8 that is computed; constants know their own scales. */
function gridOf({ type, data, quantization }: GraphTensor): Grid | undefined {
  if (type !== 'int8' || data) return undefined;
  return { scale: quantization?.scales[0] ?? 1, zeroPoint: quantization?.zeroPoints[0] ?? 0 };
}
