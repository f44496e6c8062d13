/** A microphone too near or a gain too high: everything above full scale is cut off. */

/** The clip so loud that this share (0..1) of its samples reaches full scale, and cut there. Silence stays silence. */
export function overdrive(samples: Float32Array, share: number): Float32Array {
  const loudness = samples.map(Math.abs).sort();
  const limit = loudness[Math.min(loudness.length - 1, Math.floor((1 - share) * loudness.length))];
  if (!(limit > 0)) return samples.slice();
  return samples.map((sample) => Math.max(-1, Math.min(1, sample / limit)));
}
