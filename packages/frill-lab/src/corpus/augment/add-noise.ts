/** Another sound behind a clip, so many dB weaker. */
import { levelOf } from './level.js';

/**
 * The clip with noise at a signal-to-noise ratio in dB, both levels taken as root mean square over the whole clip. The noise begins
 * at sample `start` and is repeated where it ends too soon. A silent clip or silent noise leaves the clip as it is.
 */
export function addNoise(clip: Float32Array, noise: Float32Array, ratio: number, start = 0): Float32Array {
  if (noise.length === 0) return clip.slice();
  const heard = Float32Array.from(clip, (_, i) => noise[(start + i) % noise.length]);
  const level = levelOf(heard);
  const gain = level === 0 ? 0 : levelOf(clip) / level / 10 ** (ratio / 20);
  for (let i = 0; i < heard.length; i++) heard[i] = clip[i] + gain * heard[i];
  return heard;
}
