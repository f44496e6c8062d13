/** Sensitivity index of two equal-variance normal score distributions with the given AUC: sqrt(2) * probit(auc). */
import { probit } from '../../statistics/normal.js';

/** Infinite at an AUC of 0 or 1. */
export function dPrime(auc: number): number {
  return Math.SQRT2 * probit(auc);
}
