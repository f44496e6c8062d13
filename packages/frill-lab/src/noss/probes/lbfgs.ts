/**
 * Limited-memory BFGS (Nocedal & Wright, Numerical Optimization, algorithm 7.4) for objectives that are cheap along a line: the
 * line search meets the strong Wolfe conditions without touching the data.
 */
import { addScaled, dot, largestMagnitude, norm, scale, subtractFrom } from '../../linear-algebra/vectors.js';
import { type Point, wolfeStep } from './line-search.js';
import type { FitReport } from './probe.js';

export interface Objective {
  /** Value and gradient at the current point. */
  evaluate(): Promise<{ readonly value: number; readonly gradient: Float64Array }>;
  /** The objective along a direction from the current point. */
  along(direction: Float64Array): Promise<(step: number) => Point>;
  /** Moves the current point along the last direction given to `along`. */
  move(step: number): void;
}

export interface LbfgsOptions {
  readonly maximumIterations: number;
  /** Pairs remembered. */
  readonly memory: number;
  /** Called once an iteration: true ends the search. */
  done(state: LbfgsState): boolean;
}

export interface LbfgsState {
  readonly iteration: number;
  readonly value: number;
  readonly previousValue: number;
  readonly gradient: Float64Array;
}

export interface SearchResult extends FitReport {
  readonly value: number;
}

export async function minimise(objective: Objective, options: LbfgsOptions): Promise<SearchResult> {
  const pairs: { step: Float64Array; change: Float64Array; curvature: number }[] = [];
  let { value, gradient } = await objective.evaluate();
  let previousValue = Number.POSITIVE_INFINITY;
  for (let iteration = 0; ; iteration++) {
    const finish = (stopped: SearchResult['stopped']) => ({
      iterations: iteration,
      value,
      gradientNorm: largestMagnitude(gradient),
      stopped,
    });
    if (options.done({ iteration, value, previousValue, gradient })) return finish('done');
    if (iteration === options.maximumIterations) return finish('iterations');
    // Two loops over the remembered pairs.
    const direction = gradient.slice();
    const shares: number[] = [];
    for (let index = pairs.length - 1; index >= 0; index--) {
      const { step, change, curvature } = pairs[index];
      shares[index] = dot(step, direction) / curvature;
      addScaled(direction, -shares[index], change);
    }
    const last = pairs.at(-1);
    if (last) scale(direction, last.curvature / dot(last.change, last.change));
    for (const [index, { step, change, curvature }] of pairs.entries())
      addScaled(direction, shares[index] - dot(change, direction) / curvature, step);
    scale(direction, -1);
    const slope = dot(gradient, direction);
    const first = last ? 1 : Math.min(1, 1 / norm(gradient));
    const step = slope < 0 ? wolfeStep(await objective.along(direction), { value, slope }, first) : undefined;
    if (step === undefined) {
      if (pairs.length === 0) return finish('precision');
      pairs.length = 0;
      continue;
    }
    objective.move(step);
    previousValue = value;
    const next = await objective.evaluate();
    value = next.value;
    // The gradient that is left becomes the change, in place.
    const change = gradient;
    subtractFrom(next.gradient, change);
    scale(direction, step);
    const curvature = dot(direction, change);
    if (curvature > 1e-14 * norm(direction) * norm(change)) {
      pairs.push({ step: direction, change, curvature });
      if (pairs.length > options.memory) pairs.shift();
    }
    gradient = next.gradient;
  }
}
