/** The two directions in which vectors differ most, by power iteration on their covariance; and each vector along them. */

const ROUNDS = 40;

/** Coordinates [n][2] of the vectors along their first two principal components. */
export function principalComponents(vectors: readonly Float32Array[]): [number, number][] {
  const size = vectors[0]?.length ?? 0;
  const mean = new Float64Array(size);
  for (const vector of vectors) for (let i = 0; i < size; i++) mean[i] += vector[i] / vectors.length;
  const centred = vectors.map((vector) => Float64Array.from(vector, (value, i) => value - mean[i]));
  const first = leadingDirection(centred, size);
  const along = centred.map((vector) => dot(vector, first));
  const rest = centred.map((vector, row) => vector.map((value, i) => value - along[row] * first[i]));
  const second = leadingDirection(rest, size);
  return centred.map((vector, row) => [along[row], dot(vector, second)]);
}

function leadingDirection(rows: readonly Float64Array[], size: number): Float64Array {
  let direction = Float64Array.from({ length: size }, (_, i) => Math.cos(1 + i * 0.7));
  for (let round = 0; round < ROUNDS; round++) {
    const next = new Float64Array(size);
    for (const row of rows) {
      const share = dot(row, direction);
      for (let i = 0; i < size; i++) next[i] += share * row[i];
    }
    const length = Math.hypot(...next);
    if (!(length > 0)) break;
    direction = next.map((value) => value / length);
  }
  return direction;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
