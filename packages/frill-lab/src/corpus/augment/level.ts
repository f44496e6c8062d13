/** How loud samples are, as root mean square. */

/** Root mean square; 0 for no samples. */
export function levelOf(samples: Float32Array): number {
  let squares = 0;
  for (const sample of samples) squares += sample * sample;
  return Math.sqrt(squares / Math.max(1, samples.length));
}

/** Scales in place to a root mean square; silence stays silence. */
export function toLevel(samples: Float32Array, level: number): Float32Array {
  const now = levelOf(samples);
  if (now > 0) for (let i = 0; i < samples.length; i++) samples[i] *= level / now;
  return samples;
}

/** Multiplies in place by a gain in dB. */
export function amplify(samples: Float32Array, decibels: number): Float32Array {
  const gain = 10 ** (decibels / 20);
  for (let i = 0; i < samples.length; i++) samples[i] *= gain;
  return samples;
}
