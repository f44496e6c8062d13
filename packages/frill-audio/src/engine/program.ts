/** Steps bound to addresses: a list of kernel calls whose arguments are all known before the first run. */

import { ModelError } from '../errors.js';
import type { EngineContext, Places } from './engine-context.js';
import { bindFloatStep } from './float-calls.js';
import { sizeOf } from './graph.js';
import { bindIntegerStep } from './integer-calls.js';
import { Place } from './layout.js';
import { planMemory } from './plan.js';
import { type Lowered, operandsOf, type Step } from './step.js';
import { windowByWindow } from './window-by-window.js';

/** One step, ready to run. */
export interface Call {
  readonly step: Step;
  run(): void;
}

/** Kernels may load a vector that begins inside a value and ends behind it. */
const OVERHANG = 64;

/** No network of ours takes a fifth of that; a shape that was damaged can ask for any memory. */
const MOST_BYTES_PER_INPUT = 1 << 14;

export class Program {
  readonly inputs: readonly Place[];
  readonly outputs: readonly Place[];
  /** Run for one window of the batch after another, then `calls` for all at once. */
  readonly windowCalls: readonly Call[];
  readonly calls: readonly Call[];
  readonly #windows: number;
  /** Windows of what is kept for the whole batch, as the window calls see it. */
  readonly #moving: readonly Place[];

  constructor(lowered: Lowered, context: EngineContext) {
    const { values, steps, inputs, outputs } = lowered;
    const { windows, split, single, shared } = windowByWindow(lowered);
    const { bytes, offsets } = planMemory({ ...lowered, values: single }, shared, split, values);
    const fed = inputs.reduce((sum, input) => sum + sizeOf(values[input].shape), 0);
    if (bytes > fed * MOST_BYTES_PER_INPUT)
      throw new ModelError({
        what: `damaged: its values would take ${Math.ceil(bytes / 2 ** 20)} MiB for ${fed} numbers that go in`,
        remedy: 'Copy it again',
      });
    const block = context.memory.reserve(bytes + OVERHANG);
    const places = values.map((value, index) => new Place(value, block + offsets[index]));
    const windowPlaces = single.map((value, index) => new Place(value, block + offsets[index]));
    const bind = (step: Step, at: Places): Call => {
      const isInteger = [...operandsOf(step), step.output].some((value) => values[value].quantization);
      const run = isInteger ? bindIntegerStep(step, at, context) : bindFloatStep(step, at, context);
      return { step, run };
    };
    this.inputs = inputs.map((value) => places[value]);
    this.outputs = outputs.map((value) => places[value]);
    this.windowCalls = steps.slice(0, split).map((step) => bind(step, (value) => windowPlaces[value]));
    this.calls = steps.slice(split).map((step) => bind(step, (value) => places[value]));
    this.#windows = windows;
    this.#moving = [...shared].map((value) => windowPlaces[value]);
  }

  run(): void {
    for (let window = 0; window < this.#windows; window++) {
      for (const place of this.#moving) place.address = place.start + window * place.imageBytes;
      for (const call of this.windowCalls) call.run();
    }
    for (const call of this.calls) call.run();
  }
}
