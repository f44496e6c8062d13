/**
 * Compressed and uncompressed audio bytes to samples. What a file is, is read from its first bytes and never from its
 * name. WAV goes through our own decoder; FLAC, MP3, Ogg Vorbis, Opus, AAC/M4A, WebM, AIFF and CAF through the
 * `audio-decode` library, loaded when first needed. Both scale integers by their largest value (16 bits: 32767).
 */
import { AudioError } from '../errors.js';
import { type Audio, checkFinite, checkSampleRate } from './audio.js';
import { type CheckedContainer, CutOffCheck } from './cut-off.js';
import { flacLength, WholeHeaders } from './flac.js';
import { isWav, WavDecoder } from './wav.js';

/** Bytes that must be at hand to tell the format. */
export const SNIFFED_BYTES = 64;

type LibraryFormat =
  | 'flac'
  | 'mp3'
  | 'oga'
  | 'opus'
  | 'm4a'
  | 'aac'
  | 'webm'
  | 'aiff'
  | 'caf'
  | 'amr'
  | 'wma';

/** A run of samples, one array a channel. */
export interface AudioBlock {
  readonly sampleRate: number;
  readonly channels: readonly Float32Array[];
}

/** Decodes bytes that arrive in pieces of any size. Methods throw AudioError. */
export interface AudioDecoder {
  /** Samples that these bytes complete; undefined while there are none. */
  push(bytes: Uint8Array): Promise<AudioBlock | undefined>;
  /** The last samples. Throws if the file was cut off, as far as its format tells, or held no samples. */
  finish(): Promise<AudioBlock | undefined>;
  /** Frees what the decoder holds; safe to call at any time, more than once. */
  close(): void;
}

/**
 * Decodes a whole file.
 *
 * @param bytes the file's content
 * @param where what errors call it, e.g. its path
 * @throws AudioError if it is empty, not audio, truncated (as far as its format tells: see `cut-off.ts`), of zero length, or holds NaN or infinite samples
 */
export async function decodeAudio(bytes: Uint8Array, where?: string): Promise<Audio> {
  const decoder = await openDecoder(bytes.subarray(0, SNIFFED_BYTES), where);
  try {
    return joined([await decoder.push(bytes), await decoder.finish()].filter((block) => block !== undefined));
  } finally {
    decoder.close();
  }
}

/** The decoder for a file that begins with these bytes (SNIFFED_BYTES of them, or all). */
export async function openDecoder(beginning: Uint8Array, where?: string): Promise<AudioDecoder> {
  if (beginning.length === 0)
    throw new AudioError({ what: 'the file is empty', where, remedy: 'Record or copy it again' });
  const decoder = await decoderOf(beginning, where);
  return checked(decoder, where);
}

async function decoderOf(beginning: Uint8Array, where: string | undefined): Promise<AudioDecoder> {
  if (isWav(beginning)) return wavDecoder(where);
  const format = formatOf(beginning);
  if (format === undefined)
    throw new AudioError({
      what: 'not audio of any known format',
      where,
      remedy: 'WAV, FLAC, MP3, Ogg, Opus, M4A, WebM, AIFF and CAF can be read',
    });
  return libraryDecoder(format, beginning, where);
}

function formatOf(beginning: Uint8Array): LibraryFormat | undefined {
  const text = String.fromCharCode(...beginning);
  const has = (magic: string, at = 0) => text.startsWith(magic, at);
  if (has('fLaC')) return 'flac';
  if (has('OggS')) return text.includes('OpusHead') ? 'opus' : text.includes('FLAC') ? 'flac' : 'oga';
  if (has('ftyp', 4)) return 'm4a';
  if (has('\x1aE\xdf\xa3')) return 'webm';
  if (has('FORM') && (has('AIFF', 8) || has('AIFC', 8))) return 'aiff';
  if (has('caff')) return 'caf';
  if (has('#!AMR')) return 'amr';
  if (has('0&\xb2u')) return 'wma';
  if (has('ID3')) return 'mp3';
  // Eleven set bits open an MPEG frame; the layer's two bits tell AAC (ADTS) from MP3.
  const [first, second] = beginning;
  if (first === 0xff && (second & 0xf6) === 0xf0) return 'aac';
  if (first === 0xff && (second & 0xe0) === 0xe0 && (second & 0x06) !== 0) return 'mp3';
  return undefined;
}

function wavDecoder(where: string | undefined): AudioDecoder {
  const wav = new WavDecoder(where);
  return {
    async push(bytes) {
      const channels = wav.push(bytes);
      return wav.format && { sampleRate: wav.format.sampleRate, channels };
    },
    async finish() {
      wav.finish();
      return undefined;
    },
    close: () => {},
  };
}

async function libraryDecoder(
  format: LibraryFormat,
  beginning: Uint8Array,
  where: string | undefined,
): Promise<AudioDecoder> {
  const { default: decode } = await import('audio-decode');
  const decoder = await decode[format]();
  const promised = format === 'flac' ? flacLength(beginning) : undefined;
  const headers = format === 'flac' ? new WholeHeaders() : undefined;
  const container = containerOf(format, beginning);
  const cutOff = container && new CutOffCheck(container);
  let received = 0;
  const block = (data: { sampleRate: number; channelData: Float32Array[] }): AudioBlock => {
    received += data.channelData[0]?.length ?? 0;
    return { sampleRate: data.sampleRate, channels: data.channelData };
  };
  const push = async (bytes: Uint8Array) => block(await decoder(bytes));
  const damaged = (cause: unknown) =>
    new AudioError({ what: `damaged or not really ${format}`, where, remedy: 'Copy it again', cause });
  const truncated = (what: string) =>
    new AudioError({ what: `truncated: ${what}`, where, remedy: 'Copy it again' });
  return {
    push: async (bytes) => {
      cutOff?.push(bytes);
      try {
        return await push(headers?.push(bytes) ?? bytes);
      } catch (cause) {
        throw damaged(cause);
      }
    },
    finish: async () => {
      const missing = cutOff?.missing();
      if (missing !== undefined) throw truncated(missing);
      const last: AudioBlock[] = [];
      try {
        if (headers) last.push(await push(headers.rest()));
        last.push(block(await decoder.flush()));
      } catch (cause) {
        throw damaged(cause);
      }
      if (promised !== undefined && received < promised)
        throw truncated(`${received} of ${promised} samples are there`);
      const heard = last.filter(({ channels }) => channels.length > 0);
      return heard.length > 0 ? joined(heard) : undefined;
    },
    close: () => decoder.free(),
  };
}

/** The container whose elements tell whether the file is whole; undefined where none do. */
function containerOf(format: LibraryFormat, beginning: Uint8Array): CheckedContainer | undefined {
  switch (format) {
    case 'oga':
    case 'opus':
      return 'ogg';
    case 'flac': // May lie in an Ogg container, too.
      return beginning[0] === 0x4f ? 'ogg' : undefined;
    case 'mp3':
    case 'm4a':
    case 'webm':
    case 'aiff':
    case 'caf':
      return format;
    default:
      return undefined;
  }
}

/** Adds what holds for every format: a possible rate, finite samples, at least one sample. */
function checked(decoder: AudioDecoder, where: string | undefined): AudioDecoder {
  let received = 0;
  const check = (block: AudioBlock | undefined) => {
    const length = block?.channels[0]?.length ?? 0;
    if (block === undefined || length === 0) return undefined;
    checkSampleRate(block.sampleRate, where);
    for (const channel of block.channels) checkFinite(channel, where, received);
    received += length;
    return block;
  };
  return {
    push: async (bytes) => check(await decoder.push(bytes)),
    finish: async () => {
      const last = check(await decoder.finish());
      if (received === 0)
        throw new AudioError({ what: 'there are no samples in it', where, remedy: 'Record it again' });
      return last;
    },
    close: () => decoder.close(),
  };
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
