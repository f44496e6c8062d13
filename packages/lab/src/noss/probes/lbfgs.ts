/**
 * Limited-memory BFGS (Nocedal & Wright, Numerical Optimization, algorithms 7.4, 3.5 and 3.6) for objectives that are cheap along a
 * line: the line search meets the strong Wolfe conditions without touching the data.
 */

export interface Objective {
  /** Value and gradient at the current point. */
  evaluate(): Promise<{ readonly value: number; readonly gradient: Float64Array }>;
  /** The objective along a direction from the current point. */
  along(direction: Float64Array): Promise<(step: number) => Point>;
  /** Moves the current point along the last direction given to `along`. */
  move(step: number): void;
  /** An estimate of the inverse Hessian times a vector; the identity where absent. */
  precondition?(gradient: Float64Array): Promise<Float64Array>;
}

/** Value and derivative with respect to the step. */
interface Point {
  readonly value: number;
  readonly slope: number;
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
  /** g' H g with the preconditioner as H: twice the decrease a Newton step promises. */
  readonly decrement: number;
}

export interface LbfgsResult {
  readonly iterations: number;
  readonly value: number;
  /** Largest component of the gradient. */
  readonly gradientNorm: number;
  readonly stopped: 'done' | 'iterations' | 'precision';
}

/** Conditions of sufficient decrease and of curvature, those of L-BFGS-B. */
const DECREASE = 1e-3;
const CURVATURE = 0.9;

export async function minimise(objective: Objective, options: LbfgsOptions): Promise<LbfgsResult> {
  const precondition = objective.precondition?.bind(objective) ?? (async (gradient) => gradient.slice());
  const pairs: { step: Float64Array; change: Float64Array; curvature: number }[] = [];
  let { value, gradient } = await objective.evaluate();
  let previousValue = Number.POSITIVE_INFINITY;
  for (let iteration = 0; ; iteration++) {
    const finish = (stopped: LbfgsResult['stopped']) => ({
      iterations: iteration,
      value,
      gradientNorm: gradient.reduce((largest, g) => Math.max(largest, Math.abs(g)), 0),
      stopped,
    });
    // Two loops over the remembered pairs, the preconditioner between them.
    const direction = gradient.slice();
    const shares: number[] = [];
    for (let index = pairs.length - 1; index >= 0; index--) {
      const { step, change, curvature } = pairs[index];
      shares[index] = dot(step, direction) / curvature;
      addScaled(direction, -shares[index], change);
    }
    const middle = await precondition(direction);
    const last = pairs.at(-1);
    if (last && !objective.precondition) scale(middle, last.curvature / dot(last.change, last.change));
    for (const [index, { step, change, curvature }] of pairs.entries())
      addScaled(middle, shares[index] - dot(change, middle) / curvature, step);
    scale(middle, -1);
    const slope = dot(gradient, middle);
    if (options.done({ iteration, value, previousValue, gradient, decrement: -slope })) return finish('done');
    if (iteration === options.maximumIterations) return finish('iterations');
    if (!(slope < 0)) {
      if (pairs.length === 0) return finish('precision');
      pairs.length = 0;
      continue;
    }
    const first = pairs.length === 0 && !objective.precondition ? Math.min(1, 1 / norm(gradient)) : 1;
    const step = wolfeStep(await objective.along(middle), { value, slope }, first);
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
    scale(middle, step);
    const curvature = dot(middle, change);
    if (curvature > 1e-14 * norm(middle) * norm(change)) {
      pairs.push({ step: middle, change, curvature });
      if (pairs.length > options.memory) pairs.shift();
    }
    gradient = next.gradient;
  }
}

/** A step that meets the strong Wolfe conditions; undefined when rounding leaves none. */
function wolfeStep(at: (step: number) => Point, start: Point, first: number): number | undefined {
  const tooHigh = (step: number, point: Point) =>
    !(point.value <= start.value + DECREASE * step * start.slope);
  const flat = (point: Point) => Math.abs(point.slope) <= -CURVATURE * start.slope;
  let before = { step: 0, ...start };
  let step = first;
  for (let attempt = 0; attempt < 60; attempt++) {
    const here = { step, ...at(step) };
    if (tooHigh(step, here) || (attempt > 0 && here.value >= before.value)) return zoom(before, here);
    if (flat(here)) return step;
    if (here.slope >= 0) return zoom(here, before);
    before = here;
    step *= 2;
  }
  return before.step > 0 ? before.step : undefined;

  /** `low` has the smaller value; the step lies between both. */
  function zoom(low: Point & { step: number }, high: Point & { step: number }): number | undefined {
    for (let attempt = 0; attempt < 40; attempt++) {
      const middle = between(low, high);
      const here = { step: middle, ...at(middle) };
      if (tooHigh(middle, here) || here.value >= low.value) high = here;
      else {
        if (flat(here)) return middle;
        if (here.slope * (high.step - low.step) >= 0) high = low;
        low = here;
      }
      if (Math.abs(high.step - low.step) <= 1e-12 * Math.max(low.step, high.step)) break;
    }
    return low.step > 0 && low.value < start.value ? low.step : undefined;
  }
}

/** Minimum of the cubic through two points with slopes, kept off the ends of the interval. */
function between(a: Point & { step: number }, b: Point & { step: number }): number {
  const width = b.step - a.step;
  const d1 = a.slope + b.slope - (3 * (b.value - a.value)) / width;
  const root = d1 * d1 - a.slope * b.slope;
  const low = Math.min(a.step, b.step) + 0.1 * Math.abs(width);
  const high = Math.max(a.step, b.step) - 0.1 * Math.abs(width);
  if (!(root >= 0)) return (a.step + b.step) / 2;
  const d2 = Math.sign(width) * Math.sqrt(root);
  const cubic = b.step - (width * (b.slope + d2 - d1)) / (b.slope - a.slope + 2 * d2);
  return Number.isFinite(cubic) ? Math.min(Math.max(cubic, low), high) : (a.step + b.step) / 2;
}

/** Four sums side by side: one sum would wait for each addition. */
export function dot(a: Float64Array, b: Float64Array): number {
  const { length } = a;
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < length; i += 4) {
    s0 += a[i] * b[i];
    s1 += a[i + 1] * b[i + 1];
    s2 += a[i + 2] * b[i + 2];
    s3 += a[i + 3] * b[i + 3];
  }
  for (; i < length; i++) s0 += a[i] * b[i];
  return s0 + s1 + s2 + s3;
}

function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}

function scale(a: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] *= factor;
}

/** `b` becomes a - b. Loops live in plain functions: the compiler optimises those of async functions late or never. */
function subtractFrom(a: Float64Array, b: Float64Array): void {
  for (let i = 0; i < b.length; i++) b[i] = a[i] - b[i];
}

function addScaled(a: Float64Array, factor: number, b: Float64Array): void {
  for (let i = 0; i < a.length; i++) a[i] += factor * b[i];
}
