/** Steps bound to addresses: a list of kernel calls whose arguments are all known before the first run. */
import { bindFloatStep } from './float-calls.js';
import { bindIntegerStep } from './integer-calls.js';
import { Place } from './layout.js';
import type { Machine, Places } from './machine.js';
import { planMemory } from './plan.js';
import { type Lowered, operandsOf, type Step } from './step.js';

/** One step, ready to run. */
export interface Call {
  readonly step: Step;
  run(): void;
}

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
