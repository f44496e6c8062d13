/**
 * The decoders of packets. Those of compressed sound are WebAssembly builds of the codecs' own libraries (mpg123, FAAD2,
 * libFLAC, libopus, libvorbis), each loaded when first needed.
 */
import type { Codec } from '../demuxer.js';
import { openAac, openAlac } from './aac.js';
import { AdpcmDecoder } from './adpcm.js';
import { openFlac } from './flac.js';
import { openMpeg } from './mpeg.js';
import { openOpus } from './opus.js';
import { decodePcm } from './pcm.js';
import { openVorbis } from './vorbis.js';
import { openAmr, openWma } from './whole-files.js';

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

export async function openCodec(codec: Codec): Promise<PacketDecoder> {
  switch (codec.name) {
    case 'pcm':
      return { decode: (packet) => ({ channels: decodePcm(packet, codec.layout) }), close: () => {} };
    case 'adpcm': {
      const decoder = new AdpcmDecoder(codec.layout);
      return { decode: (packet) => ({ channels: decoder.decode(packet) }), close: () => {} };
    }
    case 'mpeg':
      return openMpeg(codec.channels);
    case 'aac':
      return openAac(codec.config, codec.isPrimed ?? false);
    case 'alac':
      return openAlac(codec.config);
    case 'flac':
      return openFlac();
    case 'opus':
      return openOpus(codec.head);
    case 'vorbis':
      return openVorbis(codec.headers);
    case 'amr':
      return openAmr();
    case 'wma':
      return openWma();
  }
}
