/** What steps are bound to: memory, kernels and weights, and the places of their operands. */
import type { Kernels } from './kernel-modules.js';
import type { Place } from './layout.js';
import type { EngineMemory } from './memory.js';
import type { WeightStore } from './weights.js';

/** Memory, kernels and weights of one model, which the programs of all its signatures share. */
export interface EngineContext {
  readonly memory: EngineMemory;
  readonly kernels: Kernels;
  readonly weights: WeightStore;
}

/** Where the operands of a step lie. */
export type Places = (value: number) => Place;
