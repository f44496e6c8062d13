/** Another sound behind a clip, so many dB weaker. */
import { levelOf } from './level.js';

/**
 * The clip with noise at a signal-to-noise ratio in dB, both levels taken as root mean square over the whole clip. The noise begins
 * at sample `start` and is repeated where it ends too soon. A silent clip or silent noise leaves the clip as it is.
 */
export function addNoise(clip: Float32Array, noise: Float32Array, ratio: number, start = 0): Float32Array {
  if (noise.length === 0) return clip.slice();
  const heard = repeated(noise, start, clip.length);
  const level = levelOf(heard);
  const gain = level === 0 ? 0 : levelOf(clip) / level / 10 ** (ratio / 20);
  for (let i = 0; i < heard.length; i++) heard[i] = clip[i] + gain * heard[i];
  return heard;
}

/** `length` samples of a sound that is played over and over, from its sample `start` on. */
function repeated(sound: Float32Array, start: number, length: number): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(length);
  for (let done = 0; done < length; ) {
    const from = (start + done) % sound.length;
    const piece = sound.subarray(from, from + length - done);
    samples.set(piece, done);
    done += piece.length;
  }
  return samples;
}
