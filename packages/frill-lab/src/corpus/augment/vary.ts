/**
 * An augmentation applied to one window, in the order in which the world does it: the room and what else sounds in it, the equipment, the
 * level, and last what happens to the spectrogram. Each change draws from a stream of its own, so that turning one off leaves the
 * others as they were.
 */
import type { FrontendParameters } from 'frill-audio';
import type { Random } from '../../tensor/random.js';
import { addNoise } from './add-noise.js';
import type { Augmentation } from './augmentation.js';
import { bandLimit } from './band-limit.js';
import { amplify } from './level.js';
import { maskBands, maskTime } from './masks.js';
import { overdrive } from './overdrive.js';
import { applyRoom, drawRoom } from './room.js';
import { dropQuiet } from './spectral-holes.js';
import { telephone } from './telephone.js';

/** Other sounds to mix in: some samples of one, drawn at random; empty where there are none. */
export interface OtherSounds {
  noise(stream: Random): Float32Array;
  voice(stream: Random): Float32Array;
}

/** A changed copy of a window of samples, or the window itself where nothing happened. */
export function varySound(
  samples: Float32Array,
  { room, noise, voices, band, telephone: call, clipping, gain }: Augmentation,
  stream: Random,
  sounds: OtherSounds,
): Float32Array {
  let heard = samples;
  const happens = <Change extends { readonly probability: number }>(
    name: string,
    change: Change | undefined,
    apply: (change: Change, stream: Random) => Float32Array,
  ) => {
    const own = stream.fork(name);
    if (change && own.uniform() < change.probability) heard = apply(change, own);
  };
  happens('room', room, (range, own) => applyRoom(heard, drawRoom(own, range)));
  happens('noise', noise, ({ ratio }, own) => addNoise(heard, sounds.noise(own), own.uniform(...ratio)));
  happens('voices', voices, ({ ratio }, own) => addNoise(heard, sounds.voice(own), own.uniform(...ratio)));
  happens('band', band, ({ low, high }, own) => bandLimit(heard, own.uniform(...low), own.uniform(...high)));
  happens('telephone', call, () => telephone(heard));
  happens('clipping', clipping, ({ share }, own) => overdrive(heard, own.uniform(...share)));
  happens('gain', gain, ({ decibels }, own) => amplify(heard.slice(), own.uniform(...decibels)));
  return heard;
}

/** Changes a log-mel window [frames, bands] in place. */
export function varySpectrogram(
  window: Float32Array,
  { codec, timeMask, bandMask }: Augmentation,
  stream: Random,
  { melBands, logFloor, logOffset }: FrontendParameters,
): void {
  const happens = (name: string, change: { readonly probability: number } | undefined) => {
    const own = stream.fork(name);
    return change && own.uniform() < change.probability ? own : undefined;
  };
  const coded = happens('codec', codec);
  if (codec && coded)
    dropQuiet(window, melBands, coded.uniform(...codec.depth), Math.log(logFloor + logOffset));
  const inTime = happens('time mask', timeMask);
  if (timeMask && inTime) maskTime(window, melBands, timeMask.frames, inTime);
  const inBands = happens('band mask', bandMask);
  if (bandMask && inBands) maskBands(window, melBands, bandMask.bands, inBands);
}
