/**
 * Writes a `Graph` as an ONNX model: asks every needed operation for its ONNX nodes, keeps track of which layout each
 * value lies in, and transposes where producer and consumer disagree. Nodes and constants that are equal to earlier
 * ones are shared, so that operations need not know of each other (a backward pass asks for the same unfolded image or
 * Toeplitz matrix as the forward pass, and gets it for nothing).
 */
import { createHash } from 'node:crypto';
import type { Value } from '../../graph/graph.js';
import { neededNodes } from '../../graph/needed.js';
import { channelsShape, type OnnxEmitter, type ValueLayout } from '../../graph/onnx-emitter.js';
import type {
  OnnxAttribute,
  OnnxConstant,
  OnnxModel,
  OnnxNode,
  OnnxTensorInfo,
} from '../../onnx/onnx-model.js';
import { type Shape, sizeOf } from '../../tensor/tensor.js';

export class GraphWriter implements OnnxEmitter {
  readonly #inputs: OnnxTensorInfo<number>[] = [];
  readonly #outputs: OnnxTensorInfo<number>[] = [];
  readonly #constants: OnnxConstant[] = [];
  readonly #nodes: OnnxNode[] = [];
  readonly #defined = new Map<Value, { readonly tensor: string; readonly layout: ValueLayout }>();
  readonly #shared = new Map<string, readonly string[]>();
  #names = 0;
  #scratches = 0;

  /** Declares a value that is fed, in its logical shape. */
  feed(value: Value): string {
    const name = `${value.name}#${value.id}`;
    this.#inputs.push({ name, shape: value.shape });
    this.define(value, name, 'logical');
    return name;
  }

  /** Declares a value whose numbers are part of the model. */
  embed(value: Value, data: Float32Array): void {
    this.define(value, this.#constant(value.shape, data), 'logical');
  }

  /** Writes the nodes that the values depend on, in the graph's order. */
  write(values: readonly Value[]): void {
    for (const node of neededNodes(values)) {
      node.op.onnx(this, node);
      for (const output of node.outputs)
        if (!this.#defined.has(output)) throw new Error(`${node.op.name}: did not define ${output.name}`);
    }
  }

  /** Declares a result, which is fetched in its logical shape under the returned name. */
  fetch(value: Value): string {
    const name = `fetch#${this.#names++}`;
    this.#outputs.push({ name, shape: value.shape });
    this.#nodes.push({
      op: 'Identity',
      domain: '',
      inputs: [this.logical(value)],
      outputs: [name],
      attributes: {},
    });
    return name;
  }

  model(): OnnxModel<number> {
    return { inputs: this.#inputs, outputs: this.#outputs, constants: this.#constants, nodes: this.#nodes };
  }

  channels(value: Value): string {
    const { tensor, layout } = this.#definition(value);
    if (layout === 'channels') return tensor;
    const [channels, rest] = channelsShape(value.shape);
    if (channels === 1 || rest === 1) return this.reshape(tensor, [channels, rest]);
    return this.transpose(value.shape.length === 2 ? tensor : this.reshape(tensor, [rest, channels]), [1, 0]);
  }

  logical(value: Value): string {
    const { tensor, layout } = this.#definition(value);
    if (layout === 'logical') return tensor;
    const [channels, rest] = channelsShape(value.shape);
    if (channels === 1 || rest === 1) return this.reshape(tensor, value.shape);
    const transposed = this.transpose(tensor, [1, 0]);
    return value.shape.length === 2 ? transposed : this.reshape(transposed, value.shape);
  }

  layout(value: Value): ValueLayout {
    return this.#definition(value).layout;
  }

  define(value: Value, tensor: string, layout: ValueLayout): void {
    this.#defined.set(value, { tensor, layout });
  }

  node(op: string, inputs: readonly string[], attributes: Record<string, OnnxAttribute> = {}): string {
    return this.nodes(op, inputs, 1, attributes)[0];
  }

  nodes(
    op: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Record<string, OnnxAttribute> = {},
  ): string[] {
    const key = JSON.stringify([op, inputs, outputs, attributes]);
    const names = this.#share(key, () => {
      const fresh = Array.from({ length: outputs }, () => `${op}_${this.#names++}`);
      const domain = op === 'FusedMatMul' ? 'com.microsoft' : '';
      this.#nodes.push({ op, domain, inputs, outputs: fresh, attributes });
      return fresh;
    });
    return [...names];
  }

  matmul(a: string, b: string, transpose: { readonly a?: boolean; readonly b?: boolean } = {}): string {
    if (!transpose.a && !transpose.b) return this.node('MatMul', [a, b]);
    return this.node('FusedMatMul', [a, b], { transA: transpose.a ? 1 : 0, transB: transpose.b ? 1 : 0 });
  }

  reshape(tensor: string, shape: Shape): string {
    return this.node('Reshape', [tensor, this.integers(shape)]);
  }

  transpose(tensor: string, permutation: readonly number[]): string {
    return this.node('Transpose', [tensor], { perm: permutation });
  }

  reduce(
    op: 'ReduceSum' | 'ReduceMean' | 'ReduceMax' | 'ReduceMin',
    tensor: string,
    axes: readonly number[],
  ): string {
    return this.node(op, [tensor, this.integers(axes)], { keepdims: 1 });
  }

  floats(data: ArrayLike<number> | number, shape: Shape = []): string {
    const values = typeof data === 'number' ? Float32Array.of(data) : Float32Array.from(data);
    if (values.length !== sizeOf(shape))
      throw new RangeError(`constant of shape [${shape}] has ${values.length} values`);
    const bytes = Buffer.from(values.buffer);
    const content =
      bytes.length <= 64 ? bytes.toString('hex') : createHash('sha1').update(bytes).digest('hex');
    return this.#share(`floats [${shape}] ${content}`, () => [this.#constant(shape, values)])[0];
  }

  scratch(length: number): string {
    // Numbers that no other constant holds, because onnxruntime merges equal constants on its own.
    return this.#constant([length], new Float32Array(length).fill(1e6 + ++this.#scratches));
  }

  integers(data: readonly number[]): string {
    const create = () => [this.#constant([data.length], BigInt64Array.from(data, BigInt))];
    return this.#share(`integers [${data}]`, create)[0];
  }

  #constant(shape: Shape, data: Float32Array | BigInt64Array): string {
    const name = `constant_${this.#names++}`;
    this.#constants.push({ name, shape, data });
    return name;
  }

  #share(key: string, create: () => readonly string[]): readonly string[] {
    const existing = this.#shared.get(key);
    if (existing) return existing;
    const created = create();
    this.#shared.set(key, created);
    return created;
  }

  #definition(value: Value): { readonly tensor: string; readonly layout: ValueLayout } {
    const definition = this.#defined.get(value);
    if (definition) return definition;
    if (value.source.kind !== 'constant') throw new Error(`${value.name} is used before it is defined`);
    this.define(value, this.floats(value.source.tensor.data, value.shape), 'logical');
    return this.#definition(value);
  }
}
