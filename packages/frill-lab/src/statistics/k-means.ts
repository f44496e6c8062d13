/**
 * k-means: points in groups around means (Lloyd, 1982), begun by k-means++ (Arthur & Vassilvitskii, SODA 2007). The same points
 * and stream give the same groups.
 */
import type { Random } from '../tensor/random.js';

/** Rounds after which the means hardly move; fewer where no point changes its group. */
const MOST_ROUNDS = 25;

/**
 * The means [k, width] of `k` groups of the points [n, width]. Throws RangeError where there are fewer points than groups.
 */
export function kMeans(points: Float32Array, width: number, k: number, stream: Random): Float32Array {
  const count = points.length / width;
  if (!(count >= k && k >= 1)) throw new RangeError(`kMeans: ${k} groups of ${count} points`);
  const means = firstMeans(points, width, k, stream);
  let groups = new Uint32Array(0);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const next = nearest(points, width, means);
    if (round > 0 && next.every((group, point) => group === groups[point])) break;
    groups = next;
    moveMeans(means, points, width, groups);
  }
  return means;
}

/** Number of the nearest of the means [k, width], for each of the points [n, width]. */
export function nearest(points: Float32Array, width: number, means: Float32Array): Uint32Array<ArrayBuffer> {
  const groups = new Uint32Array(points.length / width);
  for (let point = 0; point < groups.length; point++) {
    let least = Number.POSITIVE_INFINITY;
    for (let mean = 0; mean * width < means.length; mean++) {
      const distance = squaredDistance(points, point, means, mean, width);
      if (distance < least) [least, groups[point]] = [distance, mean];
    }
  }
  return groups;
}

/** Points drawn one after the other, each with a chance proportional to its squared distance from those before. */
function firstMeans(points: Float32Array, width: number, k: number, stream: Random): Float32Array {
  const count = points.length / width;
  const means = new Float32Array(k * width);
  const distances = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  let chosen = stream.integer(count);
  for (let mean = 0; mean < k; mean++) {
    means.set(points.subarray(chosen * width, (chosen + 1) * width), mean * width);
    let total = 0;
    for (let point = 0; point < count; point++) {
      distances[point] = Math.min(distances[point], squaredDistance(points, point, means, mean, width));
      total += distances[point];
    }
    let left = stream.uniform(0, total);
    chosen = distances.findIndex((distance) => {
      left -= distance;
      return left < 0;
    });
    // All points lie on means already.
    if (chosen < 0) chosen = stream.integer(count);
  }
  return means;
}

/** Each to the middle of its group; one without points stays. */
function moveMeans(means: Float32Array, points: Float32Array, width: number, groups: Uint32Array): void {
  const sums = new Float64Array(means.length);
  const sizes = new Float64Array(means.length / width);
  for (const [point, group] of groups.entries()) {
    sizes[group]++;
    for (let i = 0; i < width; i++) sums[group * width + i] += points[point * width + i];
  }
  for (let i = 0; i < means.length; i++) {
    const size = sizes[Math.floor(i / width)];
    if (size > 0) means[i] = sums[i] / size;
  }
}

function squaredDistance(
  points: Float32Array,
  point: number,
  means: Float32Array,
  mean: number,
  width: number,
): number {
  let sum = 0;
  for (let i = 0; i < width; i++) sum += (points[point * width + i] - means[mean * width + i]) ** 2;
  return sum;
}
