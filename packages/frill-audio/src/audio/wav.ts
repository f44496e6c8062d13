/**
 * WAV: RIFF, RF64 and BW64 with integer samples of 8, 16, 24 or 32 bits, float samples of 32 or 64 bits and the
 * extensible header, any number of channels. One decoder serves whole files and streams: bytes come in pieces of any
 * size, samples go out as soon as they are whole.
 *
 * Sources: Microsoft's "Multiple channel audio data and WAVE files", EBU Tech 3306 (RF64). Left out: compressed
 * encodings (A-law, mu-law, ADPCM).
 *
 * Integers are divided by their largest value (16 bits: 32767), as the original FRILL front end does.
 */
import { AudioError } from '../errors.js';
import { checkSampleRate } from './audio.js';

/** The `fmt ` chunk. */
export interface WavFormat {
  readonly encoding: 'integer' | 'float';
  /** Bytes that one sample of one channel occupies. */
  readonly sampleBytes: number;
  readonly channels: number;
  readonly sampleRate: number;
}

/** What writers to a pipe put down as the size of the samples: sox just under 2 GiB, ffmpeg just under 4 GiB. */
const UNKNOWN_SIZES = [
  [0x7fff_0000, 0x7fff_ffff],
  [0xffff_0000, 0xffff_ffff],
] as const;
const INTEGER = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;

type State =
  | { readonly at: 'riff' }
  | { readonly at: 'chunk' }
  | { readonly at: 'skip'; left: number }
  /** `left` is Infinity where the header does not know the length. */
  | { readonly at: 'data'; left: number; readonly format: WavFormat }
  | { readonly at: 'end'; readonly format: WavFormat };

/** Whether these first bytes (12 or more) open a WAV file. */
export function isWav(bytes: Uint8Array): boolean {
  return ['RIFF', 'RF64', 'BW64'].includes(ascii(bytes, 0)) && ascii(bytes, 8) === 'WAVE';
}

/** Decodes WAV bytes that arrive in pieces. Every method throws AudioError on damaged or unsupported files. */
export class WavDecoder {
  #state: State = { at: 'riff' };
  #pending: Uint8Array = new Uint8Array(0);
  #format: WavFormat | undefined;
  #riffSize = 0;
  #longDataSize: number | undefined;
  readonly #where: string | undefined;

  constructor(where?: string) {
    this.#where = where;
  }

  /** Known once the samples begin. */
  get format(): WavFormat | undefined {
    return this.#format;
  }

  /** Takes the next bytes and returns the samples that they complete, one array a channel; often of length 0. */
  push(bytes: Uint8Array): Float32Array[] {
    let rest = this.#pending.length > 0 ? concatenate(this.#pending, bytes) : bytes;
    let samples: Float32Array[] = [];
    for (;;) {
      const state = this.#state;
      let used = 0;
      if (state.at === 'riff') used = this.#readRiff(rest);
      else if (state.at === 'chunk') used = this.#readChunk(rest);
      else if (state.at === 'skip') {
        used = Math.min(state.left, rest.length);
        state.left -= used;
        if (state.left === 0) this.#state = { at: 'chunk' };
      } else if (state.at === 'data') {
        const frameBytes = state.format.sampleBytes * state.format.channels;
        const frames = Math.floor(Math.min(state.left, rest.length) / frameBytes);
        used = frames * frameBytes;
        state.left -= used;
        if (frames > 0) samples = decodeFrames(rest.subarray(0, used), state.format, frames);
        if (state.left < frameBytes) this.#state = { at: 'end', format: state.format };
      } else used = rest.length;
      rest = rest.subarray(used);
      if (used === 0 || rest.length === 0) break;
    }
    this.#pending = rest.slice();
    return samples;
  }

  /** Call at the end of the file: throws if it ended before its samples did, or never had any. */
  finish(): WavFormat {
    const state = this.#state;
    if (state.at === 'end') return state.format;
    if (state.at !== 'data')
      throw this.#error('truncated: the file ends before its samples begin', 'Copy it again');
    const missing = state.left - this.#pending.length;
    if (missing > 0 && missing !== Number.POSITIVE_INFINITY)
      throw this.#error(`truncated: ${missing} bytes of samples are missing`, 'Copy it again');
    return state.format;
  }

  #readRiff(bytes: Uint8Array): number {
    if (bytes.length < 12) return 0;
    if (!isWav(bytes)) throw this.#error('not a WAV file', 'Check what this file really is');
    this.#riffSize = viewOf(bytes).getUint32(4, true);
    this.#state = { at: 'chunk' };
    return 12;
  }

  /** Reads one chunk header, with its body if it is `fmt ` or `ds64`. Returns 0 until all of it is there. */
  #readChunk(bytes: Uint8Array): number {
    if (bytes.length < 8) return 0;
    const name = ascii(bytes, 0);
    const size = viewOf(bytes).getUint32(4, true);
    if (name === 'data') {
      if (!this.#format)
        throw this.#error('the `data` chunk comes before any `fmt ` chunk', 'Write it again as plain WAV');
      this.#state = { at: 'data', left: this.#dataSize(size), format: this.#format };
      return 8;
    }
    const padded = size + (size % 2);
    if (name !== 'fmt ' && name !== 'ds64') {
      this.#state = padded === 0 ? { at: 'chunk' } : { at: 'skip', left: padded };
      return 8;
    }
    if (size < (name === 'fmt ' ? 16 : 24) || size > 4096)
      throw this.#error(`a \`${name}\` chunk of ${size} bytes is impossible`, 'The header is damaged');
    if (bytes.length < 8 + padded) return 0;
    const body = viewOf(bytes.subarray(8, 8 + size));
    if (name === 'fmt ') this.#format = this.#readFormat(body);
    else this.#longDataSize = Number(body.getBigUint64(8, true));
    return 8 + padded;
  }

  #dataSize(size: number): number {
    if (this.#longDataSize !== undefined && size === 0xffff_ffff) return this.#longDataSize;
    // A recorder that was cut off leaves zeros in both places; a zero in one place alone is a file without samples.
    const isUnknown =
      size === 0 ? this.#riffSize === 0 : UNKNOWN_SIZES.some(([a, b]) => size >= a && size <= b);
    return isUnknown ? Number.POSITIVE_INFINITY : size;
  }

  #readFormat(body: DataView): WavFormat {
    const tag = body.getUint16(0, true);
    const channels = body.getUint16(2, true);
    const sampleRate = body.getUint32(4, true);
    const sampleBytes = body.getUint16(12, true) / channels;
    const code = tag === EXTENSIBLE && body.byteLength >= 26 ? body.getUint16(24, true) : tag;
    checkSampleRate(sampleRate, this.#where);
    if (channels === 0) throw this.#error('the header says 0 channels', 'The header is damaged');
    const bits = body.getUint16(14, true);
    if (bits > 8 * sampleBytes)
      throw this.#error(
        `the header says ${bits} bits a sample, and has room for ${8 * sampleBytes}`,
        'The header is damaged',
      );
    if (code === INTEGER && [1, 2, 3, 4].includes(sampleBytes))
      return { encoding: 'integer', sampleBytes, channels, sampleRate };
    if (code === FLOAT && [4, 8].includes(sampleBytes))
      return { encoding: 'float', sampleBytes, channels, sampleRate };
    throw this.#error(
      `WAV encoding ${code} with ${bits} bits a sample is not supported`,
      'Convert it to 16-bit PCM',
    );
  }

  #error(what: string, remedy: string): AudioError {
    return new AudioError({ what, where: this.#where, remedy });
  }
}

/** Interleaved frames to one array a channel. */
function decodeFrames(bytes: Uint8Array, format: WavFormat, frames: number): Float32Array[] {
  const { channels, sampleBytes } = format;
  const read = sampleReader(viewOf(bytes), format);
  return Array.from({ length: channels }, (_, channel) => {
    const samples = new Float32Array(frames);
    const stride = channels * sampleBytes;
    for (let i = 0, at = channel * sampleBytes; i < frames; i++, at += stride) samples[i] = read(at);
    return samples;
  });
}

function sampleReader(view: DataView, { encoding, sampleBytes }: WavFormat): (at: number) => number {
  if (encoding === 'float')
    return sampleBytes === 4 ? (at) => view.getFloat32(at, true) : (at) => view.getFloat64(at, true);
  switch (sampleBytes) {
    case 1: // The only unsigned one.
      return (at) => (view.getUint8(at) - 128) / 127;
    case 2:
      return (at) => view.getInt16(at, true) / 32_767;
    case 3:
      return (at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8_388_607;
    default:
      return (at) => view.getInt32(at, true) / 2_147_483_647;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function ascii(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function concatenate(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
