/**
 * Writes an inference graph as a float32 TFLite subgraph: walks the nodes that the output needs, lets each operation
 * write itself, and turns whatever depends on parameters alone into constants.
 */
import { ModelError } from 'frill-audio';
import type { Value } from '../graph/graph.js';
import { neededNodes } from '../graph/needed.js';
import { channelScales, fakeQuantiseOp } from '../graph/ops/fake-quantise.js';
import { resolvePadding } from '../graph/sliding-window.js';
import type { TfliteEmitter, TfliteLayout } from '../graph/tflite-emitter.js';
import { type ParameterTensors, type Shape, type Tensor, tensor } from '../tensor/tensor.js';
import {
  floatTensor,
  integerTensor,
  type OptionValue,
  type Quantization,
  type Subgraph,
  type TfliteOperator,
  type TfliteTensor,
} from './model.js';

/**
 * The subgraph from `input` to `output`. Throws ModelError where an operation does not deploy.
 */
export function emitSubgraph({
  input,
  output,
  weights,
  given = new Map(),
  name,
}: {
  input: Value;
  output: Value;
  weights: ParameterTensors;
  /** Inputs that are fixed in the file, such as the precision of quantised weights. */
  given?: ReadonlyMap<Value, Tensor>;
  name: string;
}): Subgraph {
  const dependent = dependentOn(input);
  const emitter = new SubgraphEmitter(dependent, weights, given);
  const first = emitter.activation(input);
  for (const node of neededNodes([output]).filter(({ outputs }) =>
    outputs.some((each) => dependent.has(each)),
  )) {
    if (!node.op.tflite)
      throw new ModelError({ what: `the operation ${node.op.name} cannot be written to a .tflite file` });
    node.op.tflite(emitter, node);
  }
  return {
    name,
    tensors: emitter.tensors,
    inputs: [first],
    outputs: [emitter.activation(output)],
    operators: emitter.operators,
  };
}

/** Every value that changes with `input`; all others are constants once the weights are known. */
function dependentOn(input: Value): Set<Value> {
  const dependent = new Set<Value>([input]);
  for (const { inputs, outputs } of input.graph.nodes)
    if (inputs.some((each) => dependent.has(each))) for (const each of outputs) dependent.add(each);
  return dependent;
}

class SubgraphEmitter implements TfliteEmitter {
  readonly tensors: TfliteTensor[] = [];
  readonly operators: TfliteOperator[] = [];
  readonly #activations = new Map<Value, number>();
  readonly #constants = new Map<Value, Tensor>();

  constructor(
    readonly dependent: ReadonlySet<Value>,
    readonly weights: ParameterTensors,
    readonly given: ReadonlyMap<Value, Tensor>,
  ) {}

  activation(value: Value): number {
    const known = this.#activations.get(value);
    if (known !== undefined) return known;
    const index = this.dependent.has(value)
      ? this.#tensor({ name: value.name, shape: value.shape, type: 'float32' })
      : this.floats(this.numbers(value), value.shape, value.name);
    this.#activations.set(value, index);
    return index;
  }

  temporary(shape: Shape): number {
    return this.#tensor({ name: `between_${this.tensors.length}`, shape, type: 'float32' });
  }

  weight(kernel: Value, layout: TfliteLayout): number {
    const { data, shape } = permuted(this.#constant(kernel), layout);
    return this.#tensor({ ...floatTensor(kernel.name, shape, data), grid: this.#grid(kernel, layout) });
  }

  bias(value: Value | undefined, length: number): number {
    return value
      ? this.floats(this.numbers(value), [length], value.name)
      : this.floats(new Float32Array(length), [length], 'zeros');
  }

  numbers(value: Value): ArrayLike<number> {
    return this.#constant(value).data;
  }

  floats(data: ArrayLike<number>, shape: Shape, name = 'constant'): number {
    return this.#tensor(floatTensor(name, shape, data));
  }

  integers(data: readonly number[]): number {
    return this.#tensor(integerTensor('constant', [data.length], data));
  }

  window(
    image: Value,
    taps: readonly [number, number],
    { stride, margins }: Parameters<TfliteEmitter['window']>[2],
  ): ReturnType<TfliteEmitter['window']> {
    const same = resolvePadding(image.shape, taps, stride, 'same');
    const equal = (other: typeof margins) =>
      margins.top === other.top &&
      margins.bottom === other.bottom &&
      margins.left === other.left &&
      margins.right === other.right;
    if (equal(same)) return { image: this.activation(image), padding: 'SAME' };
    if (equal({ top: 0, bottom: 0, left: 0, right: 0 }))
      return { image: this.activation(image), padding: 'VALID' };
    const [batch, rows, columns, channels] = image.shape;
    const { top, bottom, left, right } = margins;
    const padded = this.temporary([batch, rows + top + bottom, columns + left + right, channels]);
    const amounts = this.#tensor(integerTensor('padding', [4, 2], [0, 0, top, bottom, left, right, 0, 0]));
    this.operator('PAD', [this.activation(image), amounts], [padded]);
    return { image: padded, padding: 'VALID' };
  }

  operator(
    op: string,
    inputs: readonly number[],
    outputs: readonly number[],
    options: Record<string, OptionValue> = {},
  ): void {
    this.operators.push({ op, inputs, outputs, options });
  }

  #tensor(described: TfliteTensor): number {
    return this.tensors.push(described) - 1;
  }

  /** The grid of a fake-quantised kernel, which int8 forms keep. */
  #grid({ source }: Value, layout: TfliteLayout): Quantization | undefined {
    if (source.kind !== 'node' || source.node.op.name !== fakeQuantiseOp.name) return undefined;
    const [exact, bits] = source.node.inputs.map((each) => this.#constant(each));
    if (bits.data[0] > 8) return undefined;
    const scales = [...channelScales(exact, bits.data[0])];
    return { scales, zeroPoints: scales.map(() => 0), axis: layout === 'depthwise' ? 3 : 0 };
  }

  /** A parameter's value, or what is computed from parameters alone, by the operations' definitions. */
  #constant(value: Value): Tensor {
    const known = this.#constants.get(value);
    if (known) return known;
    const made = this.#compute(value);
    this.#constants.set(value, made);
    return made;
  }

  #compute(value: Value): Tensor {
    const { source, name, shape } = value;
    switch (source.kind) {
      case 'constant':
        return source.tensor;
      case 'input': {
        const fixed = this.given.get(value);
        if (!fixed) throw new ModelError({ what: `${name} is needed as a constant, but it is fed` });
        return fixed;
      }
      case 'weight':
      case 'statistic': {
        const found = this.weights.get(name);
        if (!found) throw new Error(`tflite: nothing given for the parameter ${name}`);
        return tensor(shape, found.data);
      }
      case 'node': {
        const { op, attributes, inputs } = source.node;
        return op.reference(
          inputs.map((each) => this.#constant(each)),
          attributes,
        )[source.output];
      }
    }
  }
}

function permuted({ shape, data }: Tensor, layout: TfliteLayout): Tensor {
  if (layout === 'depthwise') return tensor([1, shape[0], shape[1], shape[2]], data);
  // [rest..., out] -> [out, rest...]
  const outs = shape[shape.length - 1];
  const rest = data.length / outs;
  const turned = tensor([outs, ...shape.slice(0, -1)]);
  for (let r = 0; r < rest; r++)
    for (let o = 0; o < outs; o++) turned.data[o * rest + r] = data[r * outs + o];
  return turned;
}
