/** Blocks of float32 numbers in one WebAssembly memory, and the kernel of `kernels/adam.ts`, which moves parameters there. */
import type { Value } from '../../graph/graph.js';
import { sizeOf } from '../../tensor/tensor.js';
import type { AdamOptions } from '../adam.js';
import { ADAM_KERNEL } from './adam-kernel.js';

const PAGE = 65536;
/** A 32-bit WebAssembly memory ends here. */
const MEMORY_LIMIT = 2 ** 32;
/** Tensors start on cache lines, in elements; the kernel moves so many parameters at a time. */
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

/** What onnxruntime reads and writes. */
export interface Slot {
  readonly parameters: Float32Array;
  readonly gradients: Float32Array;
}

/** What Adam remembers. */
export interface Moments {
  readonly firstMoments: Float32Array;
  readonly secondMoments: Float32Array;
}

export class AdamMemory {
  readonly blocks: readonly Float32Array[];
  readonly #kernel: AdamKernel;

  /** One block for each length, in elements and a multiple of 16; zeros. Throws RangeError where they exceed 4 GiB. */
  constructor(lengths: readonly number[]) {
    const bytes = lengths.reduce((sum, length) => sum + length, 0) * Float32Array.BYTES_PER_ELEMENT;
    if (bytes > MEMORY_LIMIT)
      throw new RangeError(
        `what Adam works on takes ${bytes} bytes, and a memory holds ${MEMORY_LIMIT}: train a narrower network`,
      );
    const memory = new WebAssembly.Memory({ initial: Math.max(1, Math.ceil(bytes / PAGE)) });
    let at = 0;
    this.blocks = lengths.map((length) => {
      const block = new Float32Array(memory.buffer, at, length);
      at += block.byteLength;
      return block;
    });
    const module = new WebAssembly.Module(Buffer.from(ADAM_KERNEL, 'base64'));
    const instance = new WebAssembly.Instance(module, { env: { memory } });
    this.#kernel = instance.exports.adam as AdamKernel;
  }

  /** A step of all `parameters` by the rule of `../adam.ts`, in place, on views of this memory; `rate` is that of `adamRate`. */
  adam(
    { parameters, gradients, firstMoments, secondMoments }: Slot & Moments,
    rate: number,
    { beta1, beta2, epsilon }: AdamOptions,
  ): void {
    const [p, g, m, v] = [parameters, gradients, firstMoments, secondMoments].map((view) => view.byteOffset);
    this.#kernel(parameters.length, p, g, m, v, rate, beta1, beta2, epsilon);
  }
}

/** Where tensors start in a block that holds them all, in elements, and how long it is. */
export function layOut(weights: readonly Value[]): {
  readonly offsets: ReadonlyMap<Value, number>;
  readonly length: number;
} {
  const offsets = new Map<Value, number>();
  let length = 0;
  for (const weight of weights) {
    offsets.set(weight, length);
    length += Math.ceil(sizeOf(weight.shape) / ALIGNMENT) * ALIGNMENT;
  }
  return { offsets, length };
}
