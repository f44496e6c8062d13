/**
 * The classical baseline: 20 mel-frequency cepstral coefficients (orthonormal DCT-II of the log-mel frame; Davis &
 * Mermelstein, 1980) and their first differences over two frames either side; mean and standard deviation over the clip,
 * 80 values.
 */
import { type FrontendParameters, loadFrontend } from 'frill-audio';
import { contentName } from '../run/content-name.js';
import { meanAndDeviation } from '../statistics/moments.js';
import type { Representation } from './representation.js';

const COEFFICIENTS = 20;
const DELTA_REACH = 2;

export async function mfccStatistics(parameters?: FrontendParameters): Promise<Representation> {
  const frontend = await loadFrontend(parameters);
  return {
    name: 'mfcc-statistics',
    identity: contentName({ baseline: 'mfcc-statistics', frontend: frontend.parameters }),
    dimension: 4 * COEFFICIENTS,
    grid: 'clip',
    async embed(samples) {
      const { frames, bands, data } = frontend.logMel(samples);
      return {
        count: 1,
        data: meanAndDeviation(withDeltas(cepstra(data, frames, bands), frames), frames, 2 * COEFFICIENTS),
      };
    },
    close() {},
  };
}

/** Orthonormal DCT-II of each frame, the first 20 coefficients: [frames, 20]. */
export function cepstra(logMel: ArrayLike<number>, frames: number, bands: number): Float64Array {
  const basis = Float64Array.from({ length: COEFFICIENTS * bands }, (_, index) => {
    const order = Math.floor(index / bands);
    const scale = Math.sqrt((order === 0 ? 1 : 2) / bands);
    return scale * Math.cos((Math.PI * order * ((index % bands) + 0.5)) / bands);
  });
  const result = new Float64Array(frames * COEFFICIENTS);
  for (let frame = 0; frame < frames; frame++)
    for (let order = 0; order < COEFFICIENTS; order++) {
      let sum = 0;
      for (let band = 0; band < bands; band++)
        sum += basis[order * bands + band] * logMel[frame * bands + band];
      result[frame * COEFFICIENTS + order] = sum;
    }
  return result;
}

/** Coefficients and, beside them, their regression slope over +-2 frames (edges repeat): [frames, 40]. */
function withDeltas(coefficients: Float64Array, frames: number): Float64Array {
  const result = new Float64Array(frames * 2 * COEFFICIENTS);
  let norm = 0;
  for (let reach = 1; reach <= DELTA_REACH; reach++) norm += 2 * reach * reach;
  const at = (frame: number, order: number) =>
    coefficients[Math.min(Math.max(frame, 0), frames - 1) * COEFFICIENTS + order];
  for (let frame = 0; frame < frames; frame++)
    for (let order = 0; order < COEFFICIENTS; order++) {
      let slope = 0;
      for (let reach = 1; reach <= DELTA_REACH; reach++)
        slope += reach * (at(frame + reach, order) - at(frame - reach, order));
      result[frame * 2 * COEFFICIENTS + order] = at(frame, order);
      result[frame * 2 * COEFFICIENTS + COEFFICIENTS + order] = slope / norm;
    }
  return result;
}
