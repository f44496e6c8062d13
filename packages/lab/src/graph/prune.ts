/** Drops what some outputs do not need, such as the head that only training had. */
import type { Value } from './graph.js';
import { type Rewritten, rewrite } from './rewrite.js';

/** A graph of nothing but what `outputs` depend on. */
export function prune(outputs: readonly Value[]): Rewritten {
  return rewrite(outputs, () => null);
}
