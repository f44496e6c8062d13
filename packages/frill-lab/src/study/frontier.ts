/**
 * The latency-quality frontier: models for which no other is at least as good in every objective and better in one.
 * Two equal points both stay; a model that ties in one objective and loses in another goes.
 */

/** Whether more or less of an objective is wanted. */
export type Direction = 'higher' | 'lower';

/** Indices, ascending, of the Pareto-optimal points; `points[i][j]` is model i's value of objective j. */
export function paretoFrontier(
  points: readonly (readonly number[])[],
  directions: readonly Direction[],
): number[] {
  return points.flatMap((point, index) =>
    points.some((other) => dominates(other, point, directions)) ? [] : [index],
  );
}

/** Whether `a` is at least as good as `b` everywhere and better somewhere. */
function dominates(a: readonly number[], b: readonly number[], directions: readonly Direction[]): boolean {
  let isBetter = false;
  for (const [objective, direction] of directions.entries()) {
    const gain = direction === 'higher' ? a[objective] - b[objective] : b[objective] - a[objective];
    if (!(gain >= 0)) return false;
    if (gain > 0) isBetter = true;
  }
  return isBetter;
}

/** Groups of indices whose points are equal in every objective. */
export function duplicates(points: readonly (readonly number[])[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const [index, point] of points.entries()) {
    const key = point.join();
    groups.set(key, [...(groups.get(key) ?? []), index]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

export interface FrontierDraws {
  /** Fraction of draws in which each model is on the frontier; 1 means a certain member, 0 a certain outsider. */
  readonly certainty: readonly number[];
  /** Number of members in each draw. */
  readonly sizes: readonly number[];
}

/**
 * The frontier when the measurements are drawn again: each replicate has all points (of the same resampled clips for every
 * model, so that shared luck cancels).
 */
export function frontierDraws(
  replicates: readonly (readonly (readonly number[])[])[],
  directions: readonly Direction[],
): FrontierDraws {
  const counts: number[] = [];
  const sizes: number[] = [];
  for (const points of replicates) {
    const members = paretoFrontier(points, directions);
    for (const index of points.keys()) counts[index] ??= 0;
    for (const index of members) counts[index]++;
    sizes.push(members.length);
  }
  return { certainty: counts.map((count) => count / replicates.length), sizes };
}
