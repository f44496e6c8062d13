/**
 * Holds a file to the rate and the number of channels that it begins with: files that were joined into one, and chained
 * streams, change them. What comes after a change is converted, never played at the wrong speed.
 */
import { toMono } from './audio.js';
import { Resampler } from './resample/resample.js';
import type { AudioBlock } from './track.js';

export class SteadyFormat {
  #first: { readonly sampleRate: number; readonly channels: number } | undefined;
  /** The rate of the last block, and what converts from it, one a channel. */
  #rate = 0;
  #resamplers: readonly Resampler[] = [];

  push(block: AudioBlock): AudioBlock[] {
    this.#first ??= { sampleRate: block.sampleRate, channels: block.channels.length };
    const { sampleRate } = this.#first;
    const before = block.sampleRate === this.#rate ? [] : this.#change(block.sampleRate);
    const channels = this.#mapped(block.channels);
    if (this.#resamplers.length === 0) return [...before, { sampleRate, channels }];
    return [
      ...before,
      { sampleRate, channels: channels.map((channel, c) => this.#resamplers[c].push(channel)) },
    ];
  }

  /** What the conversion still held. */
  finish(): AudioBlock | undefined {
    return this.#change(0)[0];
  }

  #change(rate: number): AudioBlock[] {
    const last = this.#resamplers.map((resampler) => resampler.finish());
    this.#rate = rate;
    const { sampleRate, channels } = this.#first ?? { sampleRate: rate, channels: 0 };
    const isSame = rate === sampleRate || rate === 0;
    this.#resamplers = isSame ? [] : Array.from({ length: channels }, () => new Resampler(rate, sampleRate));
    return last.length > 0 && last[0].length > 0 ? [{ sampleRate, channels: last }] : [];
  }

  /** As many channels as at first: all of them are the mean where there were more or fewer. */
  #mapped(channels: readonly Float32Array[]): readonly Float32Array[] {
    const count = this.#first?.channels ?? channels.length;
    if (channels.length === count) return channels;
    const mono = toMono({ channels });
    return Array.from({ length: count }, () => mono);
  }
}
