/** The standard normal distribution: its cumulative distribution function and quantiles. */

/**
 * Upper tail of the normal distribution by the continued fraction of the Mills ratio (Abramowitz & Stegun 26.2.14) above
 * 3, and the series 26.2.10 below; near double precision.
 */
export function normalCdf(x: number): number {
  const z = Math.abs(x);
  let upper: number;
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z < 3) {
    let term = z;
    let sum = z;
    for (let k = 1; term > sum * 1e-17 && k < 200; k++) {
      term *= (z * z) / (2 * k + 1);
      sum += term;
    }
    upper = 0.5 - density * sum;
  } else {
    let fraction = z;
    for (let k = 100; k >= 1; k--) fraction = z + k / fraction;
    upper = density / fraction;
  }
  return x > 0 ? 1 - upper : upper;
}

/** Inverse of `normalCdf` by bisection started from the whole usable range, then Newton. Infinite at 0 and 1. */
export function probit(probability: number): number {
  if (Number.isNaN(probability) || probability < 0 || probability > 1) return Number.NaN;
  if (probability === 0) return Number.NEGATIVE_INFINITY;
  if (probability === 1) return Number.POSITIVE_INFINITY;
  if (probability > 0.5) return -probit(1 - probability);
  let low = -38;
  let high = 0;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
