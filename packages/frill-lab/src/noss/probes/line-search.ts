/** Line search for the strong Wolfe conditions (Nocedal & Wright, Numerical Optimization, algorithms 3.5 and 3.6). */

/** Value and derivative with respect to the step. */
export interface Point {
  readonly value: number;
  readonly slope: number;
}

/** Conditions of sufficient decrease and of curvature, those of L-BFGS-B. */
const DECREASE = 1e-3;
const CURVATURE = 0.9;

/** A step that meets the strong Wolfe conditions; undefined when rounding leaves none. */
export function wolfeStep(at: (step: number) => Point, start: Point, first: number): number | undefined {
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
