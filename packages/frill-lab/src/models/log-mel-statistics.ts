/**
 * The baseline every embedding must beat: mean and population standard deviation of each log-mel band over the clip's
 * frames, 2 x 64 values. No training, no model.
 */
import { type FrontendParameters, loadFrontend } from 'frill-audio';
import { contentName } from '../run/content-name.js';
import { meanAndDeviation } from '../statistics/moments.js';
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
