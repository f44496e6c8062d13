/**
 * Plain loops over whole vectors. They live in functions of their own because the compiler optimises loops in async
 * functions late or never.
 */

/** Four sums side by side: one sum would wait for each addition. */
export function dot(a: Float64Array, b: Float64Array): number {
  const { length } = a;
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < length; i += 4) {
    s0 += a[i] * b[i];
    s1 += a[i + 1] * b[i + 1];
    s2 += a[i + 2] * b[i + 2];
    s3 += a[i + 3] * b[i + 3];
  }
  for (; i < length; i++) s0 += a[i] * b[i];
  return s0 + s1 + s2 + s3;
}

export function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}

export function largestMagnitude(a: Float64Array): number {
  let largest = 0;
  for (const value of a) largest = Math.max(largest, Math.abs(value));
  return largest;
}

export function scale(a: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] *= factor;
}

/** `a` becomes a + factor b. */
export function addScaled(a: Float64Array, factor: number, b: Float64Array): void {
  for (let i = 0; i < a.length; i++) a[i] += factor * b[i];
}

/** `b` becomes a - b. */
export function subtractFrom(a: Float64Array, b: Float64Array): void {
  for (let i = 0; i < b.length; i++) b[i] = a[i] - b[i];
}
