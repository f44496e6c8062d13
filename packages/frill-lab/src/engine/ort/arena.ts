/**
 * Where a network's learnt numbers live while it trains: parameters, gradients and Adam's two moments, as four equal
 * blocks of one WebAssembly memory. onnxruntime reads parameters and writes gradients through views of it, and one
 * call of a WebAssembly kernel moves all parameters; nothing is ever copied between the two.
 */
import type { Value } from '../../graph/graph.js';
import { sizeOf } from '../../tensor/tensor.js';
import type { AdamOptions } from '../adam.js';
import { AdamMemory, layOut, type Moments, type Slot } from './adam-memory.js';

export class Arena {
  readonly #memory: AdamMemory;
  readonly #all: Slot & Moments;
  readonly #offsets: ReadonlyMap<Value, number>;

  /** Everything starts as zeros. Throws RangeError where 16 bytes a parameter exceed the 4 GiB of one memory. */
  constructor(weights: readonly Value[]) {
    const { offsets, length } = layOut(weights);
    this.#offsets = offsets;
    this.#memory = new AdamMemory([length, length, length, length]);
    const [parameters, gradients, firstMoments, secondMoments] = this.#memory.blocks;
    this.#all = { parameters, gradients, firstMoments, secondMoments };
  }

  /** Views of one tensor's part of each block. */
  slot(weight: Value): Slot & Moments {
    const from = this.#offsets.get(weight);
    if (from === undefined) throw new Error(`${weight.name} is not trained here`);
    const part = (block: Float32Array) => block.subarray(from, from + sizeOf(weight.shape));
    const { parameters, gradients, firstMoments, secondMoments } = this.#all;
    return {
      parameters: part(parameters),
      gradients: part(gradients),
      firstMoments: part(firstMoments),
      secondMoments: part(secondMoments),
    };
  }

  /** A step of every parameter; `rate` is that of `adamRate`. */
  adam(rate: number, options: AdamOptions): void {
    this.#memory.adam(this.#all, rate, options);
  }
}
