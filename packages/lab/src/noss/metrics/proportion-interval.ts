/** 95 % confidence intervals of a proportion, for the accuracy on clips that are independent of each other. */
import { probit } from './normal.js';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

const Z95 = probit(0.975);

/** Wilson's score interval without continuity correction (Wilson, 1927). */
export function wilsonInterval(correct: number, of: number, z = Z95): Interval {
  const proportion = correct / of;
  const centre = (proportion + (z * z) / (2 * of)) / (1 + (z * z) / of);
  const reach =
    (z / (1 + (z * z) / of)) * Math.sqrt((proportion * (1 - proportion)) / of + (z * z) / (4 * of * of));
  return {
    low: correct === 0 ? 0 : centre - reach,
    high: correct === of ? 1 : centre + reach,
  };
}

/** The exact interval of Clopper and Pearson (1934): never too narrow, usually too wide. */
export function exactInterval(correct: number, of: number, level = 0.95): Interval {
  const tail = (1 - level) / 2;
  return {
    low: correct === 0 ? 0 : solve((p) => upperTail(correct, of, p) - tail),
    high: correct === of ? 1 : solve((p) => tail - (1 - upperTail(correct + 1, of, p))),
  };
}

/** Probability of at least `count` successes of `of`. */
function upperTail(count: number, of: number, p: number): number {
  if (p <= 0) return 0;
  if (p >= 1) return 1;
  let logTerm = count * Math.log(p) + (of - count) * Math.log1p(-p) + logChoose(of, count);
  let sum = 0;
  for (let k = count; k <= of; k++) {
    sum += Math.exp(logTerm);
    logTerm += Math.log((of - k) / (k + 1)) + Math.log(p) - Math.log1p(-p);
  }
  return Math.min(1, sum);
}

function logChoose(of: number, count: number): number {
  let sum = 0;
  for (let k = 1; k <= count; k++) sum += Math.log((of - count + k) / k);
  return sum;
}

/** Root in (0, 1) of a function that rises through zero. */
function solve(rising: (p: number) => number): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (rising(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
