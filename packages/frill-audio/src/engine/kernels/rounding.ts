/** Definition of how the integer kernels turn a number, in units of the output, into a code less its zero point. */

/** The nearest integer between the bounds, ties to even. */
export function code(x: number, low: number, high: number): number {
  const bounded = Math.min(Math.max(x, low), high);
  const below = Math.floor(bounded);
  const over = bounded - below;
  if (over !== 0.5) return Math.round(bounded);
  return below % 2 === 0 ? below : below + 1;
}
