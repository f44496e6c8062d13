/**
 * Where a network's learnt numbers live while it trains: parameters, gradients and Adam's two moments, as four equal
 * blocks of one WebAssembly memory. onnxruntime reads parameters and writes gradients through views of it, and one
 * call of a WebAssembly kernel (kernels/adam.ts) moves all parameters; nothing is ever copied between the two.
 */
import type { Value } from '../../graph/graph.js';
import { sizeOf } from '../../tensor/tensor.js';
import { ADAM, type AdamOptions } from '../adam.js';
import { ADAM_KERNEL } from './adam-kernel.js';

const PAGE = 65536;
/** A 32-bit WebAssembly memory ends here. */
const MEMORY_LIMIT = 2 ** 32;
/** Tensors start on cache lines, in elements. */
const ALIGNMENT = 16;

type AdamKernel = (
  count: number,
  parameters: number,
  gradients: number,
  firstMoments: number,
  secondMoments: number,
  rate: number,
  beta1: number,
  beta2: number,
  epsilon: number,
) => void;

/** Views of one tensor's part of each block. */
export interface Slot {
  readonly parameters: Float32Array;
  readonly gradients: Float32Array;
  readonly firstMoments: Float32Array;
  readonly secondMoments: Float32Array;
}

export class Arena {
  readonly #slots = new Map<Value, Slot>();
  readonly #block: number;
  readonly #adam: AdamKernel;

  /** Everything starts as zeros. Throws when 16 bytes a parameter exceed the 4 GiB of one memory. */
  constructor(weights: readonly Value[]) {
    const padded = weights.map(({ shape }) => Math.ceil(sizeOf(shape) / ALIGNMENT) * ALIGNMENT);
    this.#block = padded.reduce((sum, count) => sum + count, 0);
    const bytes = this.#block * 4 * Float32Array.BYTES_PER_ELEMENT;
    if (bytes > MEMORY_LIMIT)
      throw new RangeError(
        `a network of ${this.#block} parameters does not fit: at most ${MEMORY_LIMIT / 16} can be trained`,
      );
    const memory = new WebAssembly.Memory({ initial: Math.max(1, Math.ceil(bytes / PAGE)) });
    let at = 0;
    for (const [index, weight] of weights.entries()) {
      const view = (block: number) =>
        new Float32Array(memory.buffer, (block * this.#block + at) * 4, sizeOf(weight.shape));
      this.#slots.set(weight, {
        parameters: view(0),
        gradients: view(1),
        firstMoments: view(2),
        secondMoments: view(3),
      });
      at += padded[index];
    }
    const module = new WebAssembly.Module(Buffer.from(ADAM_KERNEL, 'base64'));
    const instance = new WebAssembly.Instance(module, { env: { memory } });
    this.#adam = instance.exports.adam as AdamKernel;
  }

  slot(weight: Value): Slot {
    const slot = this.#slots.get(weight);
    if (!slot) throw new Error(`${weight.name} is not trained`);
    return slot;
  }

  /** Step `t` (the first is 1) of every parameter, by the rule of `../adam.ts`. */
  adam(t: number, learningRate: number, { beta1, beta2, epsilon }: AdamOptions = ADAM): void {
    const rate = (learningRate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
    const [parameters, gradients, first, second] = [0, 1, 2, 3].map((block) => block * this.#block * 4);
    this.#adam(this.#block, parameters, gradients, first, second, rate, beta1, beta2, epsilon);
  }
}
