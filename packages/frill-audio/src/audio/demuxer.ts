/**
 * What a container gives to the rest: streams, one after the other, each the packets of one codec. A demuxer is a
 * generator over a ByteSource (see there) that yields these parts in the order of the file.
 */
import { AudioError } from '../errors.js';
import type { ByteSource } from './byte-source.js';
import type { AdpcmLayout } from './codecs/adpcm.js';
import type { PcmLayout } from './codecs/pcm.js';

/** A codec with what a decoder must know before the first packet. */
export type Codec =
  /** A packet is any number of whole frames, one sample of each channel. */
  | { readonly name: 'pcm'; readonly layout: PcmLayout }
  /** A packet is any number of whole blocks. */
  | { readonly name: 'adpcm'; readonly layout: AdpcmLayout }
  /** MPEG layers I to III; a packet is one frame. */
  | { readonly name: 'mpeg' }
  /** `config` is the AudioSpecificConfig. `isPrimed`: a silent frame is decoded first, so that the first packet is heard. */
  | { readonly name: 'aac'; readonly config: Uint8Array; readonly isPrimed?: boolean }
  /** `config` is Apple's magic cookie. */
  | { readonly name: 'alac'; readonly config: Uint8Array }
  | { readonly name: 'flac' }
  /** `head` is the OpusHead of RFC 7845, section 5.1. */
  | { readonly name: 'opus'; readonly head: Uint8Array }
  /** `headers` are the identification and the setup header. */
  | { readonly name: 'vorbis'; readonly headers: readonly [Uint8Array, Uint8Array] }
  /** Files of their own, in pieces of any size. */
  | { readonly name: 'amr' | 'wma' };

export interface Stream {
  readonly codec: Codec;
  /** Sample rate in Hz; where it is absent, the decoder knows it. */
  readonly sampleRate?: number;
  /** What is to be heard of the decoded stream, in order, in seconds of its own time; all of it where this is absent. */
  readonly windows?: readonly Span[];
  /** Decoded samples to leave out at the beginning, where the container counts in samples. */
  readonly skip?: number;
  /** Samples a channel that must come out, else the file was cut off. */
  readonly promised?: number;
}

/** A span of time in seconds; `end` may be Infinity. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type Part =
  /** The stream before ends, this one begins. */
  | { readonly stream: Stream }
  /** Decoded samples with this index and above, the skipped ones counted, are not to be heard. */
  | { readonly until: number }
  /** `discard`: seconds of what comes of it that are not to be heard, at its end. */
  | { readonly packet: Uint8Array; readonly discard?: number };

/** Yields parts, and `undefined` where it waits for bytes. Throws AudioError, the file not named. */
export type Demuxer = (source: ByteSource) => Generator<Part | undefined, void, void>;

/**
 * A codec that is known by name and cannot be decoded; the message is made where the file's name is known. `converter` is the command
 * that reads it where that is not ffmpeg, FILE and OUT in it standing for the files.
 */
export class UnknownCodec extends Error {
  readonly codec: string;
  readonly converter: string;

  constructor(codec: string, converter = 'ffmpeg -i FILE OUT') {
    super(codec);
    this.codec = codec;
    this.converter = converter;
  }
}

export function truncated(what: string): AudioError {
  return new AudioError({ what: `truncated: ${what}`, remedy: 'Copy it again' });
}

export function damaged(what: string, cause?: unknown): AudioError {
  return new AudioError({ what: `damaged: ${what}`, remedy: 'Copy it again', cause });
}

/** The complaint about bytes that the file announces and does not have; a number beyond any disk's says nothing. */
export function missingBytes(missing: number): AudioError {
  return truncated(missing < 2 ** 40 ? `${missing} bytes are missing` : 'its end is missing');
}
