/** The engine's kernels over a memory of their own, in both builds, for tests that hold them against their definitions. */

import { bytesOfBase64 } from '../packages/frill-audio/src/base64.js';
import { ENGINE_KERNEL } from '../packages/frill-audio/src/engine/engine-kernel.js';
import { ENGINE_RELAXED_KERNEL } from '../packages/frill-audio/src/engine/engine-relaxed-kernel.js';
import { instantiate, type Kernels, kernelBytes } from '../packages/frill-audio/src/engine/kernel-modules.js';
import { EngineMemory } from '../packages/frill-audio/src/engine/memory.js';

export interface Bench {
  readonly kernels: Kernels;
  readonly memory: EngineMemory;
  /** Copies numbers into memory and returns their address. */
  put(values: Float32Array | Int16Array | Int32Array): number;
  floats(at: number, count: number): Float32Array;
  shorts(at: number, count: number): Int16Array;
}

/** By name; asking for the bytes makes relaxed SIMD available. */
kernelBytes();
export const BUILDS = { plain: ENGINE_KERNEL, relaxed: ENGINE_RELAXED_KERNEL } as const;

export function bench(build: keyof typeof BUILDS): Bench {
  const memory = new EngineMemory(2 ** 20);
  const module = new WebAssembly.Module(bytesOfBase64(BUILDS[build]));
  return {
    kernels: instantiate(module, memory.memory),
    memory,
    put(values) {
      // Behind every value room for a vector that reaches over its end.
      const at = memory.reserve(values.byteLength + 64);
      new Uint8Array(memory.buffer, at).set(
        new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      );
      return at;
    },
    floats: (at, count) => memory.floats(at, count).slice(),
    shorts: (at, count) => new Int16Array(memory.buffer, at, count).slice(),
  };
}
