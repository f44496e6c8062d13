/** Sampled sound in memory, and what must hold before anything is computed from it. */
import { AudioError } from '../errors.js';

/** Sampled sound: one Float32Array a channel, all of one length, full scale at [-1, 1]. */
export interface Audio {
  /** Samples a second of each channel: a whole number of Hz from 1,000 to 768,000. */
  readonly sampleRate: number;
  /** Samples of each channel, in [-1, 1], all of one length. */
  readonly channels: readonly Float32Array[];
}

/** 16,000 Hz: the sample rate of FRILL and its relatives, and of what `readMono16k` and `openAudioStream` give. */
export const SAMPLE_RATE = 16_000;

/** Sample rates that a recording can have, in Hz. Anything outside is a damaged header. */
export const SAMPLE_RATES = { lowest: 1_000, highest: 768_000 } as const;

/**
 * Mean of all channels, as long as each of them, in [-1, 1]. A mono recording is returned as it is, not copied.
 *
 * @throws AudioError if there are no channels, or they differ in length
 */
export function toMono(audio: Pick<Audio, 'channels'>): Float32Array {
  // `?.` for callers without types, who give samples, or nothing.
  if (!Array.isArray(audio?.channels) || audio.channels.length === 0)
    throw new AudioError({
      what: 'there are no channels',
      where: 'audio',
      remedy: 'Give what decodeAudio gives, or { channels: [samples] }',
    });
  const { channels } = audio;
  const other = channels.findIndex(({ length }) => length !== channels[0].length);
  if (other > 0)
    throw new AudioError({
      what: `channel ${other + 1} has ${channels[other].length} samples, and channel 1 has ${channels[0].length}`,
      remedy: 'All channels of a recording must be of one length',
    });
  if (channels.length === 1) return channels[0];
  const mono = new Float32Array(channels[0].length);
  for (let i = 0; i < mono.length; i++) {
    let sum = 0;
    for (const channel of channels) sum += channel[i];
    mono[i] = sum / channels.length;
  }
  return mono;
}

/** Throws AudioError unless `sampleRate` is one that audio can have. */
export function checkSampleRate(sampleRate: unknown, where?: string): asserts sampleRate is number {
  const { lowest, highest } = SAMPLE_RATES;
  if (sampleRate === undefined)
    throw new AudioError({
      what: 'the sample rate is missing',
      where,
      remedy: 'Say how many samples a second were taken, e.g. `{ sampleRate: 48_000 }`',
    });
  const isPossible = typeof sampleRate === 'number' && sampleRate >= lowest && sampleRate <= highest;
  if (isPossible && Number.isInteger(sampleRate)) return;
  throw new AudioError({
    what: `a sample rate of ${sampleRate} Hz is impossible`,
    where,
    remedy: `Whole rates from ${lowest} to ${highest} Hz can be read; is the header damaged?`,
  });
}

/** Throws AudioError at the first NaN or infinite sample; `start` is the index of samples[0] in the recording. */
export function checkFinite(samples: Float32Array, where?: string, start = 0): void {
  // A sum is finite if all terms are, and much faster to form than a test of each; float64 cannot overflow here.
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i];
  if (Number.isFinite(sum)) return;
  const index = samples.findIndex((sample) => !Number.isFinite(sample));
  throw new AudioError({
    what: `sample ${start + index} is ${samples[index]}`,
    where,
    remedy: 'Samples must be finite numbers in [-1, 1]; find what wrote this recording',
  });
}
