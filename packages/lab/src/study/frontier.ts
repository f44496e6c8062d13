/**
 * The latency-quality frontier: models for which no other is at least as good in every objective and better in one.
 * Of two equal points both stay; a model that ties in one objective and loses in another goes.
 */
import type { Random } from '../tensor/random.js';

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

/**
 * How often each model is on the frontier when the measurements are drawn again: `draw` returns one bootstrap
 * replicate of all points (the same resampled clips and rounds for every model, so that shared luck cancels).
 * Returns a fraction of draws for each model; 1 means a certain member, 0 a certain outsider.
 */
export function frontierCertainty(
  draw: (random: Random) => readonly (readonly number[])[],
  directions: readonly Direction[],
  draws: number,
  random: Random,
): number[] {
  let member: number[] = [];
  for (let i = 0; i < draws; i++) {
    const points = draw(random);
    if (member.length === 0) member = points.map(() => 0);
    for (const index of paretoFrontier(points, directions)) member[index] += 1 / draws;
  }
  return member;
}
