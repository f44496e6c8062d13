/** Steps bound to addresses: a list of kernel calls whose arguments are all known before the first run. */
import type { LogMelKernel } from '../frontend/definition.js';
import type { FrontendParameters } from '../frontend/parameters.js';
import { bindFloatStep } from './float-calls.js';
import { bindIntegerStep } from './integer-calls.js';
import type { Kernels } from './kernel-modules.js';
import { Place } from './layout.js';
import type { EngineMemory } from './memory.js';
import { planMemory } from './plan.js';
import { type Lowered, operandsOf, type Step } from './step.js';
import type { WeightStore } from './weights.js';

/** What a model's programs share. */
export interface Machine {
  readonly memory: EngineMemory;
  readonly kernels: Kernels;
  readonly weights: WeightStore;
  /** The front end of audio-in files. */
  logMel(parameters: FrontendParameters): LogMelKernel;
}

/** One step, ready to run. */
export interface Call {
  readonly step: Step;
  run(): void;
}

/** Where the operands of a step lie. */
export type Places = (value: number) => Place;

/** Kernels may load a vector that begins inside a value and ends behind it. */
const OVERHANG = 64;

export class Program {
  readonly inputs: readonly Place[];
  readonly outputs: readonly Place[];
  readonly calls: readonly Call[];

  constructor({ values, steps, inputs, outputs, ...rest }: Lowered, machine: Machine) {
    const { bytes, offsets } = planMemory({ values, steps, inputs, outputs, ...rest });
    const block = machine.memory.reserve(bytes + OVERHANG);
    const places = values.map((value, index) => new Place(value, block + offsets[index]));
    const at: Places = (value) => places[value];
    this.inputs = inputs.map(at);
    this.outputs = outputs.map(at);
    this.calls = steps.map((step) => {
      const isInteger = [...operandsOf(step), step.output].some((value) => values[value].grid);
      const run = isInteger ? bindIntegerStep(step, at, machine) : bindFloatStep(step, at, machine);
      return { step, run };
    });
  }

  run(): void {
    for (const call of this.calls) call.run();
  }
}
