/** What an operator reads, beside the tensors that are computed: constants, windows, activations. What the engine has no kernel for is refused by name. */
import { ModelError } from '../errors.js';
import {
  fusedActivation,
  type GraphOperator,
  type GraphTensor,
  type Sliding,
  type Subgraph,
  sizeOf,
  slidingOptions,
} from './graph.js';
import type { Value } from './layout.js';
import type { Activation, SlidingWindow } from './step.js';

/** Bytes of a number, of the types that kernels have. */
const NUMBER_BYTES: Partial<Record<GraphTensor['type'], number>> = { float32: 4, float16: 2, int8: 1 };

export class Operands {
  readonly #subgraph: Subgraph;
  readonly #values: readonly Value[];
  readonly #where: string;
  /** Constants behind tensors that are unpacked at run time. */
  readonly #unpacked = new Map<number, GraphTensor>();

  /** `values` are the subgraph's tensors; `where` is what errors call the file. */
  constructor(subgraph: Subgraph, values: readonly Value[], where: string) {
    this.#subgraph = subgraph;
    this.#values = values;
    this.#where = where;
  }

  /** Whether a `DEQUANTIZE` only unpacks a constant, which then stands for its output. */
  unpacks({ inputs: [input], outputs: [output] }: GraphOperator): boolean {
    const tensor = this.#subgraph.tensors[input];
    if (tensor.data) this.#unpacked.set(output, tensor);
    return tensor.data !== undefined;
  }

  window(operator: GraphOperator, rows: number, columns: number): SlidingWindow {
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
  kernel(operator: GraphOperator): GraphTensor {
    const kernel = this.constant(operator.inputs[1]);
    if (!kernel) throw this.refusal(operator.op, 'with a kernel that is computed');
    this.#checkSize(kernel);
    return kernel;
  }

  /** What is packed by its shape must have that many numbers. */
  #checkSize({ data, type, shape }: GraphTensor): void {
    const wanted = sizeOf(shape) * (NUMBER_BYTES[type] ?? Number.NaN);
    if (data?.length === wanted || Number.isNaN(wanted)) return;
    throw new ModelError({
      what: `damaged: a kernel [${shape.join(', ')}] of ${type} has ${data?.length} bytes`,
      where: this.#where,
      remedy: 'Copy it again',
    });
  }

  bias(operator: GraphOperator, index: number | undefined): GraphTensor | undefined {
    if (index === undefined || index < 0) return undefined;
    const bias = this.constant(index);
    if (bias) return bias;
    throw this.refusal(operator.op, 'with a bias that is computed');
  }

  constant(index: number): GraphTensor | undefined {
    const tensor = this.#subgraph.tensors[index];
    return tensor?.data ? tensor : this.#unpacked.get(index);
  }

  integers(index: number): Int32Array {
    const { data } = this.#subgraph.tensors[index] ?? {};
    // Not `slice`: of a Node `Buffer` that would be a view of the whole file.
    return data ? new Int32Array(new Uint8Array(data).buffer) : new Int32Array();
  }

  activation(operator: GraphOperator): Activation {
    const activation = fusedActivation(operator);
    if (activation === 'NONE' || activation === 'RELU' || activation === 'RELU6') return activation;
    throw this.refusal(operator.op, `with ${activation}`);
  }

  dilations(operator: GraphOperator, slot: number): void {
    const dilation = Math.max(
      operator.options?.int32(slot, 1) ?? 1,
      operator.options?.int32(slot + 1, 1) ?? 1,
    );
    this.needs(operator, dilation === 1, `with dilation ${dilation}`);
  }

  needs({ op }: GraphOperator, holds: boolean, use: string): void {
    if (!holds) throw this.refusal(op, use);
  }

  refusal(op: string, use = ''): ModelError {
    return new ModelError({
      what: `Frill's engine does not run the operator ${op}${use && ` ${use}`}`,
      where: this.#where,
      remedy: "npm install @litertjs/core, and give the option runtime: liteRt() from 'frill-audio/litert'",
    });
  }
}
