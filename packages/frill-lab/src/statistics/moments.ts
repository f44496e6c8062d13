/** Means and standard deviations. */

/** NaN when empty. */
export function mean(samples: readonly number[]): number {
  return samples.reduce((sum, value) => sum + value, 0) / samples.length;
}

/** Standard deviation of all that there are, sqrt(mean squared difference from the mean); exactly 0 where all are equal. */
export function populationDeviation(values: readonly number[]): number {
  if (values.every((value) => value === values[0])) return 0;
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}

/** Standard deviation that a sample tells of others, its squares divided by n - 1; 0 for a single value. */
export function sampleDeviation(values: readonly number[]): number {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / Math.max(1, values.length - 1));
}

/** Column means, then population standard deviations, of `rows` x `columns` values; accumulated in float64. */
export function meanAndDeviation(data: ArrayLike<number>, rows: number, columns: number): Float32Array {
  const statistics = new Float32Array(2 * columns);
  for (let column = 0; column < columns; column++) {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += data[row * columns + column];
    const centre = sum / rows;
    let squares = 0;
    for (let row = 0; row < rows; row++) squares += (data[row * columns + column] - centre) ** 2;
    statistics[column] = centre;
    statistics[columns + column] = Math.sqrt(squares / rows);
  }
  return statistics;
}
