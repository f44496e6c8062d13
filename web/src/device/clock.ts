/** The browser's clock, which is coarse on purpose: 5 µs at its best, 0.1 ms where the address is not trusted, 1 ms in some browsers. */

import type { MachineWatch } from '../../../packages/frill-lab/src/bench/machine-watch.js';
import { timeReference } from '../../../packages/frill-lab/src/bench/reference-computation.js';

export const now = () => performance.now();

/** What is timed must last so many steps of the clock: then a step more or less is one percent of it at most. */
const STEPS = 100;

/** The clock's smallest step in milliseconds, as seen. */
export function clockStep(): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 20; i++) {
    const start = now();
    let later = now();
    while (later === start) later = now();
    smallest = Math.min(smallest, later - start);
  }
  return smallest;
}

/** How long a sample must last on this clock, in milliseconds. 0 for a clock that is fine beside any inference. */
export function shortestSample(step: number): number {
  return step < 0.001 ? 0 : Number((STEPS * step).toFixed(3));
}

/** Watches how fast the core is; what other programs do, a page cannot see. */
export function watchCore(step: number): MachineWatch {
  timeReference();
  let repeats = 1;
  while (timeReference(repeats) * repeats < STEPS * step) repeats *= 2;
  return {
    look: () => ({ referenceMs: Number(timeReference(repeats).toFixed(4)), othersCores: 0, stolen: 0 }),
    wait: (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds)),
  };
}
