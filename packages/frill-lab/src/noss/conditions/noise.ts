/** Other sounds behind the clip, at a signal-to-noise ratio: a street, a kitchen, a dog. */
import { InputError } from 'frill-audio';
import { addNoise } from '../../corpus/augment/add-noise.js';
import { levelOf } from '../../corpus/augment/level.js';
import type { Random } from '../../tensor/random.js';
import type { ConditionKind, NoiseClips } from './condition.js';

/** A part this much weaker (0..1) than its recording is a pause in it, and no noise. */
const PAUSE = 0.3;
const DRAWS = 50;

export const noise: ConditionKind = {
  form: 'noise-DB',
  async open(name, clips) {
    const [, ratio] = /^noise-(-?\d+)$/.exec(name) ?? [];
    if (ratio === undefined) return undefined;
    if (clips.count === 0)
      throw new InputError({
        what: `'${name}' needs sounds to put behind the clips`,
        where: '--noise',
        remedy: 'Give a folder of audio files, or a manifest, that no model was trained on',
      });
    return {
      name,
      title: `other sounds, ${ratio} dB below the clip`,
      identity: `noise ${ratio} ${clips.identity} 1`,
      async change(samples, stream) {
        const { sound, start } = await draw(samples, clips, stream);
        return addNoise(samples, sound, Number(ratio), start);
      },
    };
  },
};

/** A part of a sound that is as long as the clip, not a pause, and not the clip itself. */
async function draw(clip: Float32Array, clips: NoiseClips, stream: Random) {
  for (let left = DRAWS; ; left--) {
    const sound = await clips.read(stream.integer(clips.count));
    const start = stream.integer(Math.max(1, sound.length - clip.length + 1));
    const level = levelOf(sound.subarray(start, start + clip.length));
    if (left === 0 || (level > PAUSE * levelOf(sound) && !isSame(sound, clip))) return { sound, start };
  }
}

/** Equal up to the rounding of a file. */
function isSame(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((sample, i) => Math.abs(sample - b[i]) < 1e-4);
}
