/** What steps are bound to: memory, kernels and weights, and the places of their operands. */
import type { LogMelKernel } from '../frontend/definition.js';
import type { FrontendParameters } from '../frontend/parameters.js';
import type { Kernels } from './kernel-modules.js';
import type { Place } from './layout.js';
import type { EngineMemory } from './memory.js';
import type { WeightStore } from './weights.js';

/** What a model's programs share. */
export interface Machine {
  readonly memory: EngineMemory;
  readonly kernels: Kernels;
  readonly weights: WeightStore;
  /** The front end of audio-in files. */
  logMel(parameters: FrontendParameters): LogMelKernel;
}

/** Where the operands of a step lie. */
export type Places = (value: number) => Place;
