/**
 * The network as data. A `Graph` is a list of nodes in the order they were written, which is a topological
 * order; values are what flows between them. Shapes are logical: images are [batch, rows, columns, channels]
 * (for speech: [batch, time, mel, channels]), dense activations [batch, features]. How an engine lays a value out
 * in memory is that engine's private business.
 */
import { type Shape, sameShape, type Tensor } from '../tensor/tensor.js';
import type { OnnxEmitter } from './onnx-emitter.js';
import type { Operand } from './operand.js';
import type { TfliteEmitter } from './tflite-emitter.js';

/** How a parameter starts; see `models/initialise.ts` for the distributions. */
export type Initialiser =
  | { readonly kind: 'zeros' }
  | { readonly kind: 'ones' }
  | {
      readonly kind: 'glorot-uniform' | 'he-normal';
      readonly fanIn: number;
      readonly fanOut: number;
    };

/** Where a value comes from. */
export type ValueSource =
  /** Fed at every run. */
  | { readonly kind: 'input' }
  /** Learnt: the optimiser moves it. */
  | { readonly kind: 'weight'; readonly initialiser: Initialiser }
  /** Kept from step to step but not learnt by gradient: running means and variances. */
  | { readonly kind: 'statistic'; readonly initialiser: Initialiser }
  | { readonly kind: 'constant'; readonly tensor: Tensor }
  | { readonly kind: 'node'; readonly node: Node; readonly output: number };

/** One tensor of the network. */
export interface Value extends Operand {
  readonly graph: Graph;
  readonly source: ValueSource;
}

/**
 * What the project knows about one operation. Each file of `graph/ops` holds one: its shapes, its definition
 * in plain loops, its backward pass, and how each target writes it. The reference engine runs `reference`;
 * every other engine and file format is tested against that.
 */
export interface Op<Attributes = unknown> {
  /** The file's stem: `depthwise-conv2d`. */
  readonly name: string;

  /** Output shapes from input shapes. Throws `ShapeError` with the op's name and the operands' shapes. */
  shape(inputs: readonly Shape[], attributes: Attributes): readonly Shape[];

  /** The definition: float64, plain loops, straight from the textbook. */
  reference(inputs: readonly Tensor[], attributes: Attributes): readonly Tensor[];

  /**
   * The backward pass as nodes of the same graph: for the gradients of the outputs (null where nothing depends on
   * one), the gradient of each input, or null where none is needed or the operation is constant there.
   * Absent for operations that only occur in backward passes.
   */
  gradient?(node: Node<Attributes>, upstream: readonly (Value | null)[]): readonly (Value | null)[];

  /** Multiplications with accumulation in one forward pass; absent where there are none to speak of. */
  multiplyAccumulates?(node: Node<Attributes>): number;

  /** The fast formulation for onnxruntime. */
  onnx(emit: OnnxEmitter, node: Node<Attributes>): void;

  /** How it is written to a .tflite file; absent where it never deploys. */
  tflite?(emit: TfliteEmitter, node: Node<Attributes>): void;
}

/** One application of an operation. */
export interface Node<Attributes = unknown> {
  readonly op: Op<Attributes>;
  readonly attributes: Attributes;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

/** Statistics updated by a training step: `new = momentum * old + (1 - momentum) * batch`. */
export interface StatisticUpdate {
  readonly statistic: Value;
  readonly batch: Value;
  /** The batch's mean around which a variance is taken; only variances have it. */
  readonly mean?: Value;
  readonly momentum: number;
}

export class Graph {
  readonly inputs: Value[] = [];
  /** Weights and statistics, in the order they were declared. */
  readonly parameters: Value[] = [];
  readonly nodes: Node[] = [];
  readonly statisticUpdates: StatisticUpdate[] = [];
  #values = 0;

  /** A tensor that is fed at every run. */
  input(name: string, shape: Shape): Value {
    const value = this.#value(name, shape, { kind: 'input' });
    this.inputs.push(value);
    return value;
  }

  /** A tensor that is learnt. Names are unique in the graph. */
  weight(name: string, shape: Shape, initialiser: Initialiser): Value {
    return this.#parameter(name, shape, { kind: 'weight', initialiser });
  }

  /** A tensor that is kept from step to step and updated by `statisticUpdates`. */
  statistic(name: string, shape: Shape, initialiser: Initialiser): Value {
    return this.#parameter(name, shape, { kind: 'statistic', initialiser });
  }

  constant(tensor: Tensor, name = 'constant'): Value {
    return this.#value(name, tensor.shape, { kind: 'constant', tensor });
  }

  /** Appends a node; called by the builder function of each operation. Throws what `op.shape` throws. */
  apply<Attributes>(op: Op<Attributes>, inputs: readonly Value[], attributes: Attributes): readonly Value[] {
    for (const input of inputs)
      if (input.graph !== this) throw new Error(`${op.name}: ${input.name} belongs to another graph`);
    const shapes = op.shape(
      inputs.map((input) => input.shape),
      attributes,
    );
    const outputs: Value[] = [];
    const node: Node<Attributes> = { op, attributes, inputs, outputs };
    for (const [output, shape] of shapes.entries())
      outputs.push(this.#value(`${op.name}_${this.nodes.length}`, shape, { kind: 'node', node, output }));
    this.nodes.push(node);
    return outputs;
  }

  /** The declared parameter of that name. */
  parameter(name: string): Value {
    const found = this.parameters.find((parameter) => parameter.name === name);
    if (!found) throw new Error(`graph: no parameter named ${name}`);
    return found;
  }

  #parameter(name: string, shape: Shape, source: ValueSource): Value {
    const existing = this.parameters.find((parameter) => parameter.name === name);
    if (existing) {
      if (sameShape(existing.shape, shape) && existing.source.kind === source.kind) return existing;
      throw new Error(`graph: parameter ${name} is declared twice, as [${existing.shape}] and [${shape}]`);
    }
    const value = this.#value(name, shape, source);
    this.parameters.push(value);
    return value;
  }

  #value(name: string, shape: Shape, source: ValueSource): Value {
    return { graph: this, id: this.#values++, name, shape, source };
  }
}
