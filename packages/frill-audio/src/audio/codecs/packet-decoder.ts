/** What every codec is to those that take a container apart: packets in, samples out. */

/** What comes of a packet: one array a channel, all of one length, which may be 0; the rate where the decoder knows it. */
export interface Decoded {
  readonly channels: readonly Float32Array[];
  readonly sampleRate?: number;
}

export interface PacketDecoder {
  /**
   * The place in the stream's own time of the first sample that comes out, in samples: what a decoder swallows, or
   * is late by if negative. 0 where absent.
   */
  readonly lead?: number;
  decode(packet: Uint8Array): Decoded;
  /** What is left at the end of the stream. */
  flush?(): Decoded;
  /** Frees what the decoder holds. */
  close(): void;
}

export const NOTHING: Decoded = { channels: [] };
