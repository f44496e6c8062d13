/**
 * Sound in the forms in which an app has it, brought to one channel of float32: what `embed` takes. What it does not take is
 * refused by name, for a wrong form that passes makes a wrong embedding without a word.
 */
import { AudioError } from '../errors.js';
import { type Audio, checkSampleRate, toMono } from './audio.js';

/** One channel of samples. Floats are in [-1, 1]; an `Int16Array` is divided by 32767, as 16-bit files are. */
export type Channel = Float32Array | Float64Array | Int16Array | readonly number[];

/** Samples that do not know their rate: one channel, or several of equal length, which are averaged. */
export type Samples = Channel | readonly Channel[];

/** The members that are used of an `AudioBuffer`, which the Web Audio API decodes to (W3C, section 1.4). */
export interface AudioBufferLike {
  /** Samples a second of each channel, in Hz. */
  readonly sampleRate: number;
  /** Channels, 1 or more. */
  readonly numberOfChannels: number;
  /** Samples of one channel in [-1, 1]; channels are counted from 0. */
  getChannelData(channel: number): Float32Array;
}

/** Sound that knows its rate, or samples that do not. */
export type Sound = Samples | Audio | AudioBufferLike;

/** Sample rate of sound that does not carry its own. */
export interface SoundOptions {
  /** Samples a second of each channel: a whole number of Hz from 1,000 to 768,000. Needed for all but `Audio` and `AudioBuffer`, which have their own. */
  readonly sampleRate?: number | undefined;
}

/** Louder than any recording: 30 dB above full scale. What is beyond is on another scale, mostly that of 16-bit integers. */
const LARGEST_SAMPLE = 32;

/**
 * The sound as one channel, checked, with its rate in Hz.
 *
 * @throws AudioError for other things than sound, unequal channels, NaN or infinite samples, samples on another scale than
 * [-1, 1], and rates that are missing, contradictory or impossible
 */
export function monoSound(
  sound: Sound,
  options: SoundOptions = {},
): { mono: Float32Array; sampleRate: number } {
  const own = rateOf(sound);
  const asked = options.sampleRate;
  if (own !== undefined && asked !== undefined && own !== asked)
    throw refused(`the sound has ${own} Hz, but sampleRate says ${asked}`, 'Leave sampleRate out');
  const mono = monoSamples(sound);
  const sampleRate = own ?? asked;
  checkSampleRate(sampleRate, 'samples');
  return { mono, sampleRate };
}

/** The samples as one channel, checked; `start` is the index of the first in the recording. Throws as `monoSound`. */
export function monoSamples(sound: Sound, start = 0): Float32Array {
  const channels = channelsOf(sound).map(floatSamples);
  const [first] = channels;
  if (first === undefined) throw refused('there are no channels', 'Give at least one');
  for (const [index, { length }] of channels.entries())
    if (length !== first.length)
      throw refused(
        `channel ${index} has ${length} samples, channel 0 has ${first.length}`,
        'Give channels of one length: the ends of a recording are theirs together',
      );
  const mono = toMono({ channels });
  checkScale(mono, start);
  return mono;
}

function rateOf(sound: Sound): number | undefined {
  return isObject(sound) && 'sampleRate' in sound && typeof sound.sampleRate === 'number'
    ? sound.sampleRate
    : undefined;
}

function channelsOf(sound: Sound): readonly Channel[] {
  if (isChannel(sound)) return [sound];
  if (Array.isArray(sound)) return sound;
  if (isObject(sound)) {
    if ('getChannelData' in sound)
      return Array.from({ length: sound.numberOfChannels }, (_, channel) => sound.getChannelData(channel));
    if ('channels' in sound && Array.isArray(sound.channels)) return sound.channels;
  }
  throw notSamples(sound);
}

/** An array of numbers is one channel; an empty one as well. */
function isChannel(sound: unknown): sound is Channel {
  return ArrayBuffer.isView(sound) || (Array.isArray(sound) && !isObject(sound[0]));
}

/** One channel as float32; a Float32Array itself. Throws AudioError for what is not samples. */
export function floatSamples(channel: unknown): Float32Array {
  if (channel instanceof Float32Array) return channel;
  if (channel instanceof Float64Array) return Float32Array.from(channel);
  if (channel instanceof Int16Array) return Float32Array.from(channel, (sample) => sample / 32_767);
  if (Array.isArray(channel)) {
    const odd = channel.findIndex((sample) => typeof sample !== 'number');
    if (odd >= 0)
      throw refused(`sample ${odd} is ${nameOf(channel[odd])}, not a number`, 'Give numbers in [-1, 1]');
    return Float32Array.from(channel);
  }
  throw notSamples(channel);
}

function notSamples(given: unknown): AudioError {
  const isBytes = given instanceof ArrayBuffer || given instanceof Uint8Array || ArrayBuffer.isView(given);
  return refused(
    `${nameOf(given)} is not samples`,
    isBytes
      ? 'Bytes of a WAV file become samples by `decodeWav`, of other formats by `decodeAudio` of frill-audio/decode; raw 16-bit samples go into an Int16Array'
      : 'Give a Float32Array in [-1, 1], an array of channels, or an AudioBuffer',
  );
}

function checkScale(samples: Float32Array, start: number): void {
  let odd = 0;
  // Written so that NaN is odd as well.
  while (samples[odd] <= LARGEST_SAMPLE && samples[odd] >= -LARGEST_SAMPLE) odd++;
  if (odd === samples.length) return;
  const value = samples[odd];
  throw refused(
    `sample ${start + odd} is ${value}`,
    Number.isFinite(value)
      ? 'Samples lie in [-1, 1]: divide those of 16-bit integers by 32767, or give an Int16Array'
      : 'Samples must be finite numbers in [-1, 1]; find what wrote this recording',
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function nameOf(value: unknown): string {
  if (isObject(value)) return value.constructor?.name ?? 'object';
  return typeof value === 'string' ? 'text' : String(value);
}

function refused(what: string, remedy: string): AudioError {
  return new AudioError({ what, where: 'samples', remedy });
}
