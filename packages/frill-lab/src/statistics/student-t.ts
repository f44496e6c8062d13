/** Quantiles of Student's t distribution, for intervals around weights estimated from few models. */

/** The t with P(|T| < t) = `confidence`; Infinity without degrees of freedom. */
export function studentT(confidence: number, degreesOfFreedom: number): number {
  if (!(degreesOfFreedom > 0)) return Number.POSITIVE_INFINITY;
  let [low, high] = [0, 1];
  while (centralMass(high, degreesOfFreedom) < confidence) high *= 2;
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (centralMass(middle, degreesOfFreedom) < confidence) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(|T| < t) for whole degrees of freedom: Abramowitz & Stegun 26.7.3 and 26.7.4. */
function centralMass(t: number, degreesOfFreedom: number): number {
  const angle = Math.atan(t / Math.sqrt(degreesOfFreedom));
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = degreesOfFreedom % 2 === 1;
  let term = isOdd ? cosine : 1;
  let sum = degreesOfFreedom === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k < degreesOfFreedom; k += 2) {
    term *= ((k - 1) / k) * cosine ** 2;
    sum += term;
  }
  return isOdd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
}
