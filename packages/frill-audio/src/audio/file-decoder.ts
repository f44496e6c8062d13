/**
 * Decodes one file with the formats that it is given: its container taken apart, its packets decoded, what holds for every format
 * checked. Whole files and streams go the same way, so that they cannot differ.
 */
import { AudioError } from '../errors.js';
import { type Audio, checkFinite, checkSampleRate } from './audio.js';
import { ByteSource } from './byte-source.js';
import type { PacketDecoder } from './codecs/packet-decoder.js';
import { type Codec, type Demuxer, damaged, type Part, UnknownCodec } from './demuxer.js';
import { SteadyFormat } from './steady-format.js';
import { type AudioBlock, Track } from './track.js';

/** What can be read: which containers, and which codecs in them. */
export interface Formats {
  readonly demux: Demuxer;
  openCodec(codec: Codec): Promise<PacketDecoder>;
}

/** Decodes bytes that arrive in pieces of any size. Methods throw AudioError. */
export interface AudioDecoder {
  /** Samples that these bytes complete, all of the same rate and channels; undefined while there are none. */
  push(bytes: Uint8Array): Promise<AudioBlock | undefined>;
  /** The last samples. Throws if the file was cut off, as far as its format tells, or held no samples. */
  finish(): Promise<AudioBlock | undefined>;
  /** Frees what the decoder holds; safe to call at any time, more than once. */
  close(): void;
}

/** Bytes that a whole file is decoded by. */
const PIECE_BYTES = 1 << 16;

/** Decodes a whole file; throws as `FileDecoder`, and for what is not the bytes of one. */
export async function decodeWhole(
  formats: Formats,
  bytes: unknown,
  where: string | undefined,
): Promise<Audio> {
  const content = contentOf(bytes, where);
  const decoder = new FileDecoder(formats, where);
  const blocks: AudioBlock[] = [];
  try {
    for (let at = 0; at < content.length; at += PIECE_BYTES) {
      const block = await decoder.push(content.subarray(at, at + PIECE_BYTES));
      if (block) blocks.push(block);
    }
    const last = await decoder.finish();
    if (last) blocks.push(last);
  } finally {
    decoder.close();
  }
  return joined(blocks);
}

/** The bytes of a file, however they are held; anything else is most likely samples, which belong elsewhere. */
function contentOf(bytes: unknown, where: string | undefined): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes;
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  if (typeof SharedArrayBuffer !== 'undefined' && bytes instanceof SharedArrayBuffer)
    return new Uint8Array(bytes);
  if (bytes instanceof DataView) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = Object.prototype.toString.call(bytes).slice(8, -1);
  throw new AudioError({
    what: `the bytes of an audio file are needed, and this is ${kind === 'Undefined' || kind === 'Null' ? kind.toLowerCase() : `of type ${kind}`}`,
    where,
    remedy:
      'Give a Uint8Array or an ArrayBuffer of the file. Samples are decoded already: give them as Float32Array with their rate to embed or resample',
  });
}

export class FileDecoder implements AudioDecoder {
  readonly #formats: Formats;
  readonly #where: string | undefined;
  readonly #source = new ByteSource();
  readonly #parts: ReturnType<Demuxer>;
  readonly #format = new SteadyFormat();
  #track: Track | undefined;
  #received = 0;
  #given = 0;
  #peak = 0;

  /** `where` is what errors call the file. */
  constructor(formats: Formats, where: string | undefined) {
    this.#formats = formats;
    this.#where = where;
    this.#parts = formats.demux(this.#source);
  }

  async push(bytes: Uint8Array): Promise<AudioBlock | undefined> {
    this.#received += bytes.length;
    this.#source.add(bytes);
    return this.#guarded(async () => this.#checked(await this.#run()));
  }

  async finish(): Promise<AudioBlock | undefined> {
    if (this.#received === 0)
      throw new AudioError({
        what: 'the file is empty',
        where: this.#where,
        remedy: 'Record or copy it again',
      });
    this.#source.end();
    const last = await this.#guarded(async () => {
      const blocks = [await this.#run(), ...this.#endTrack(), this.#format.finish()];
      return this.#checked(joinedOrNone(blocks.filter((block) => block !== undefined)));
    });
    if (this.#given === 0)
      throw new AudioError({
        what: 'there are no samples in it',
        where: this.#where,
        remedy: 'Record it again',
      });
    this.#sayScale();
    return last;
  }

  close(): void {
    this.#track?.close();
    this.#track = undefined;
  }

  /** All that can be decoded of the bytes that are there. */
  async #run(): Promise<AudioBlock | undefined> {
    const blocks: AudioBlock[] = [];
    for (;;) {
      const { value: part } = this.#parts.next();
      if (part === undefined) break;
      blocks.push(...(await this.#take(part)));
    }
    return joinedOrNone(blocks);
  }

  async #take(part: Part): Promise<AudioBlock[]> {
    if ('stream' in part) {
      const last = this.#endTrack();
      this.#track = new Track(part.stream, await this.#formats.openCodec(part.stream.codec));
      return last;
    }
    if (!this.#track) return [];
    if ('until' in part) {
      this.#track.endAt(part.until);
      return [];
    }
    return this.#track.decode(part.packet, part.discard).flatMap((block) => this.#format.push(block));
  }

  #endTrack(): AudioBlock[] {
    const track = this.#track;
    this.#track = undefined;
    try {
      return track?.finish().flatMap((block) => this.#format.push(block)) ?? [];
    } finally {
      track?.close();
    }
  }

  /** What holds for every format: a possible rate, finite samples. */
  #checked(block: AudioBlock | undefined): AudioBlock | undefined {
    if (!block) return undefined;
    checkSampleRate(block.sampleRate);
    for (const channel of block.channels) {
      checkFinite(channel, undefined, this.#given);
      this.#peak = Math.max(this.#peak, peakOf(channel));
    }
    this.#given += block.channels[0].length;
    return block;
  }

  /** Names the file in what is thrown, and makes an AudioError of what a decoder did not expect. */
  async #guarded(work: () => Promise<AudioBlock | undefined>): Promise<AudioBlock | undefined> {
    try {
      return await work();
    } catch (error) {
      throw this.#named(error);
    }
  }

  #named(error: unknown): AudioError {
    const where = this.#where;
    if (error instanceof UnknownCodec)
      return new AudioError({
        what: `${error.codec} cannot be decoded here; the file may well be whole`,
        where,
        remedy: `Convert it: ${command(error.converter, where ?? 'FILE')}`,
      });
    const { what, remedy, cause } =
      error instanceof AudioError ? error : damaged('it cannot be decoded', error);
    return new AudioError({ what, where, remedy, cause });
  }

  /** Float samples can be of any scale: those of integers would be heard as a roar. */
  #sayScale(): void {
    if (this.#peak < LOUDEST) return;
    const { what, remedy } = {
      what: `its samples reach ${Math.round(this.#peak)}, and full scale is 1`,
      remedy:
        'They seem to be integers stored as floats: divide them by 32768, or what is computed of them is wrong',
    };
    console.warn(`${this.#where === undefined ? '' : `${this.#where}: `}${what}. ${remedy}`);
  }
}

/** Written out: every sample of every file passes here. */
function peakOf(samples: Float32Array): number {
  let peak = 0;
  for (let i = 0; i < samples.length; i++) {
    const magnitude = Math.abs(samples[i]);
    if (magnitude > peak) peak = magnitude;
  }
  return peak;
}

/** No recording is louder than full scale by so much, 30 dB. */
const LOUDEST = 32;

function command(converter: string, path: string): string {
  const files = { FILE: quoted(path), OUT: quoted(withWavName(path)) };
  return converter.replace(/\b(FILE|OUT)\b/g, (_, name: 'FILE' | 'OUT') => files[name]);
}

/** For a shell. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function withWavName(path: string): string {
  return `${path.replace(/(?<=[^/])\.\w{1,5}$/, '')}-converted.wav`;
}

function joinedOrNone(blocks: readonly AudioBlock[]): AudioBlock | undefined {
  return blocks.length === 0 ? undefined : joined(blocks);
}

/** Blocks (at least one) one after the other, as one. */
function joined(blocks: readonly AudioBlock[]): AudioBlock {
  if (blocks.length === 1) return blocks[0];
  const channels = blocks[0].channels.map((_, c) => concatenated(blocks.map((block) => block.channels[c])));
  return { sampleRate: blocks[0].sampleRate, channels };
}

function concatenated(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
