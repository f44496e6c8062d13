/**
 * One stream of a file as it is heard: packets decoded, and what encoders put before and behind the sound taken off.
 */
import type { Decoded, PacketDecoder } from './codecs/packet-decoder.js';
import { damaged, type Span, type Stream, truncated } from './demuxer.js';

/** A run of samples, one array a channel, all of one length of at least 1. */
export interface AudioBlock {
  readonly sampleRate: number;
  readonly channels: readonly Float32Array[];
}

export class Track {
  readonly #stream: Stream;
  readonly #decoder: PacketDecoder;
  /** The place of the next decoded sample in the stream's time, in samples. */
  #at: number | undefined;
  #until = Number.POSITIVE_INFINITY;
  #packets = 0;
  #decoded = 0;
  #given = 0;

  /** `decoder` is for the stream's codec, and is closed with the track. */
  constructor(stream: Stream, decoder: PacketDecoder) {
    this.#stream = stream;
    this.#decoder = decoder;
  }

  /** Samples from this index on are not to be heard. */
  endAt(index: number): void {
    this.#until = index;
  }

  /** The blocks that a packet makes; `discard` seconds at its end are left out. */
  decode(packet: Uint8Array, discard = 0): AudioBlock[] {
    this.#packets++;
    return this.#heard(this.#decoder.decode(packet), discard);
  }

  /** The last blocks. Throws AudioError if less came out than the file promises, or nothing of what there was. */
  finish(): AudioBlock[] {
    const last = this.#decoder.flush ? this.#heard(this.#decoder.flush(), 0) : [];
    const { promised } = this.#stream;
    if (promised !== undefined && this.#decoded < promised)
      throw truncated(`${this.#decoded} of ${promised} samples are there`);
    if (this.#packets > 0 && this.#given === 0 && this.#decoded === 0)
      throw damaged(`nothing of it can be decoded as ${this.#stream.codec.name}`);
    return last;
  }

  close(): void {
    this.#decoder.close();
  }

  #heard({ channels, sampleRate: decodedRate }: Decoded, discard: number): AudioBlock[] {
    const length = channels[0]?.length ?? 0;
    if (length === 0) return [];
    const sampleRate = decodedRate || this.#stream.sampleRate || 0;
    this.#at ??= this.#decoder.lead ?? 0;
    const start = this.#at;
    this.#at += length;
    this.#decoded += length;
    const end = Math.min(this.#at - Math.round(discard * sampleRate), this.#until);
    const blocks: AudioBlock[] = [];
    for (const span of this.#spans(sampleRate)) {
      const from = Math.max(start, span.start);
      const to = Math.min(end, span.end);
      if (from >= to) continue;
      blocks.push({
        sampleRate,
        channels: channels.map((channel) => channel.subarray(from - start, to - start)),
      });
      this.#given += to - from;
    }
    return blocks;
  }

  /** What is heard, in samples. */
  #spans(sampleRate: number): readonly Span[] {
    const { windows, skip } = this.#stream;
    if (!windows) return [{ start: skip ?? Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY }];
    return windows.map(({ start, end }) => ({
      start: Math.round(start * sampleRate),
      end: Math.round(end * sampleRate),
    }));
  }
}
