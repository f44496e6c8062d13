/**
 * The baseline every embedding must beat: mean and population standard deviation of each log-mel band over the clip's
 * frames, 2 x 64 values. No training, no model.
 */
import { type FrontendParameters, loadFrontend } from 'frill-audio';
import { contentName } from '../run/content-name.js';
import type { Representation } from './representation.js';

export async function logMelStatistics(parameters?: FrontendParameters): Promise<Representation> {
  const frontend = await loadFrontend(parameters);
  return {
    name: 'log-mel-statistics',
    identity: contentName({ baseline: 'log-mel-statistics', frontend: frontend.parameters }),
    dimension: 2 * frontend.parameters.melBands,
    grid: 'clip',
    async embed(samples) {
      const { frames, bands, data } = frontend.logMel(samples);
      return { count: 1, data: meanAndDeviation(data, frames, bands) };
    },
    close() {},
  };
}

/** Column means, then population standard deviations, of `rows` x `columns` values; accumulated in float64. */
export function meanAndDeviation(data: ArrayLike<number>, rows: number, columns: number): Float32Array {
  const statistics = new Float32Array(2 * columns);
  for (let column = 0; column < columns; column++) {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += data[row * columns + column];
    const mean = sum / rows;
    let squares = 0;
    for (let row = 0; row < rows; row++) squares += (data[row * columns + column] - mean) ** 2;
    statistics[column] = mean;
    statistics[columns + column] = Math.sqrt(squares / rows);
  }
  return statistics;
}
