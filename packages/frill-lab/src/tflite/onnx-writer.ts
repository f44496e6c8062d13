/** An ONNX model while a .tflite network is written into it: tensors by layout, constants, nodes. */
import { ModelError } from 'frill-audio';
import type { OnnxAttribute, OnnxConstant, OnnxNode } from '../onnx/onnx-model.js';
import type { Shape } from '../tensor/tensor.js';
import { constantFloats } from './constant-floats.js';
import { aligned, type Subgraph, type TfliteTensor } from './model.js';

/**
 * How a tensor lies in the ONNX model.
 * - `logical`: in its own shape.
 * - `image`: [N, rows, columns, channels] as [N, channels, rows, columns].
 * - `rows`: an image of a single pixel as the matrix [N, channels].
 */
export type TensorLayout = 'logical' | 'image' | 'rows';

export class OnnxWriter {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxConstant[] = [];
  /** Names of each tensor by layout; the first is the one it was computed in. */
  readonly #names = new Map<number, Map<TensorLayout, string>>();
  readonly #unpacked = new Map<number, Float32Array>();

  constructor(
    readonly subgraph: Subgraph,
    readonly batch: 'open' | 'fixed',
  ) {}

  /** Appends a node and returns the name of its output. */
  node(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    output = `${op}_${this.nodes.length}`,
  ): string {
    this.nodes.push({ op, domain: '', inputs, outputs: [output], attributes });
    return output;
  }

  floats(data: Float32Array, shape: Shape, name = 'constant'): string {
    return this.#constant(name, shape, data);
  }

  integers(values: readonly number[]): string {
    return this.#constant('integers', [values.length], BigInt64Array.from(values, BigInt));
  }

  /** Says under which name, in which layout, a tensor is computed. */
  define(index: number, layout: TensorLayout, name: string): void {
    this.#names.set(index, new Map([[layout, name]]));
  }

  /** The layout a tensor was computed in: asking for that one costs nothing. */
  layoutOf(index: number): TensorLayout {
    const [first] = this.#names.get(index)?.keys() ?? [];
    return first ?? 'logical';
  }

  /** Name of a tensor in a layout; it is transposed on first use where it lies otherwise. */
  tensor(index: number, layout: TensorLayout): string {
    const names = this.#names.get(index) ?? new Map<TensorLayout, string>();
    this.#names.set(index, names);
    const known = names.get(layout);
    if (known !== undefined) return known;
    const [from] = names;
    const made = from ? this.#turned(index, ...from, layout) : this.#constantIn(index, layout);
    names.set(layout, made);
    return made;
  }

  describe(index: number): TfliteTensor {
    return this.subgraph.tensors[index];
  }

  shape(index: number): Shape {
    return this.describe(index).shape;
  }

  isConstant(index: number): boolean {
    return this.describe(index).data !== undefined || this.#unpacked.has(index);
  }

  /** Keeps the numbers of a constant that an operator unpacks. */
  unpack(index: number, values: Float32Array): void {
    this.#unpacked.set(index, values);
  }

  /** The numbers of a float32 constant. Throws ModelError for what is computed, or lies in fewer bits; `op` asks. */
  numbers(index: number, op: string): Float32Array {
    const unpacked = this.#unpacked.get(index);
    if (unpacked) return unpacked;
    const constant = this.describe(index);
    if (constant.data === undefined)
      throw this.refusal(op, 'has a computed operand where a constant is needed');
    if (constant.type !== 'float32') throw this.refusal(op, `has a constant of ${constant.type}`);
    return constantFloats(constant);
  }

  /** The numbers of an int32 constant. */
  wholeNumbers(index: number, op: string): number[] {
    const { type, data } = this.describe(index);
    if (type !== 'int32' || data === undefined) throw this.refusal(op, 'has no constant int32 operand');
    return [...new Int32Array(aligned(data))];
  }

  /** Extents for a Reshape node: an open batch is copied from what is reshaped. */
  extents(shape: Shape): string {
    return this.integers(this.batch === 'open' ? [0, ...shape.slice(1)] : shape);
  }

  /** Whether a tensor is an image of one pixel. */
  isPixel(index: number): boolean {
    const [, rows, columns, channels] = this.shape(index);
    return rows === 1 && columns === 1 && channels !== undefined;
  }

  refusal(op: string, why: string): ModelError {
    return new ModelError({
      what: `the operator ${op} ${why}`,
      remedy: 'Run the .tflite file with TensorFlow Lite (in `frill evaluate`: --engine litert)',
    });
  }

  #turned(index: number, from: TensorLayout, name: string, to: TensorLayout): string {
    const [batch, rows, columns, channels] = this.shape(index);
    if (to === 'rows') return this.node('Flatten', [name], { axis: 1 });
    if (this.isPixel(index)) {
      const shape = to === 'image' ? [batch, channels, 1, 1] : [batch, rows, columns, channels];
      return this.node('Reshape', [name, this.extents(shape)]);
    }
    return this.node('Transpose', [name], { perm: from === 'logical' ? [0, 3, 1, 2] : [0, 2, 3, 1] });
  }

  /** A constant operand; smaller ones stretch over the first extents, as in TensorFlow. */
  #constantIn(index: number, layout: TensorLayout): string {
    const values = this.numbers(index, 'of an unknown kind');
    const { name, shape } = this.describe(index);
    if (layout === 'logical') return this.#constant(name, shape, values);
    if (layout === 'rows') return this.#constant(name, [values.length], values);
    const [n, rows, columns, channels] = [...new Array<number>(4 - shape.length).fill(1), ...shape];
    return this.#constant(
      name,
      [n, channels, rows, columns],
      permuted(values, [n, rows, columns, channels], [0, 3, 1, 2]),
    );
  }

  #constant(name: string, shape: Shape, data: Float32Array | BigInt64Array): string {
    const unique = `${name}_${this.constants.length}`;
    this.constants.push({ name: unique, shape, data });
    return unique;
  }
}

/** A four-dimensional array with its axes in another order: axis `i` of the result is axis `order[i]`. */
export function permuted(values: Float32Array, shape: Shape, order: readonly number[]): Float32Array {
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
