/**
 * Matroska and WebM: the packets of the first track with sound.
 *
 * Sources: RFC 8794 (EBML), RFC 9559 (Matroska), the Matroska codec specifications.
 */
import { AudioError } from '../../errors.js';
import { type ByteSource, text, viewOf, type Waiting } from '../byte-source.js';
import { isPcm } from '../codecs/pcm.js';
import { damaged, missingBytes, type Part, type Stream, truncated, UnknownCodec } from '../demuxer.js';
import { flacStream } from './flac.js';
import { wavStream } from './wav.js';

const ID = {
  header: 0x1a45dfa3,
  segment: 0x18538067,
  cluster: 0x1f43b675,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackType: 0x83,
  codecId: 0x86,
  codecPrivate: 0x63a2,
  codecDelay: 0x56aa,
  audio: 0xe1,
  samplingFrequency: 0xb5,
  channels: 0x9f,
  bitDepth: 0x6264,
  contentEncodings: 0x6d80,
  contentEncoding: 0x6240,
  contentCompression: 0x5034,
  contentCompAlgo: 0x4254,
  contentCompSettings: 0x4255,
  simpleBlock: 0xa3,
  blockGroup: 0xa0,
  block: 0xa1,
  discardPadding: 0x75a2,
} as const;

interface Element {
  readonly id: number;
  /** Bytes of the content; Infinity where it is not known, as in what is recorded live. */
  readonly size: number;
}

interface MatroskaTrack {
  readonly number: number;
  readonly stream: Stream;
  /** Bytes that were taken off the front of each packet, all the same. */
  readonly stripped: Uint8Array;
}

export function* demuxMatroska(source: ByteSource): Generator<Part | undefined, void, void> {
  let track: MatroskaTrack | undefined;
  let end = Number.POSITIVE_INFINITY;
  let hasTrack = false;
  for (;;) {
    // Behind the segment another file may follow; anything else there is none of ours.
    if (source.position >= end) {
      if (!(yield* isHeader(source))) break;
      end = Number.POSITIVE_INFINITY;
    }
    const element = yield* elementHeader(source);
    if (!element) break;
    // What these hold are elements, too, and is read as such. Recordings that were joined have a segment each.
    if (element.id === ID.segment) {
      end = source.position + element.size;
      track = undefined;
    }
    if (element.id === ID.segment || element.id === ID.cluster) continue;
    if (element.id === ID.tracks && !track) {
      track = readTracks(yield* content(source, element));
      hasTrack = true;
      yield { stream: track.stream };
    } else if ((element.id === ID.simpleBlock || element.id === ID.blockGroup) && track) {
      const bytes = yield* content(source, element);
      yield* element.id === ID.simpleBlock ? blockPackets(bytes, track) : groupPackets(bytes, track);
    } else {
      const missing = yield* source.skip(element.size);
      if (missing > 0 && Number.isFinite(missing)) throw missingBytes(missing);
    }
  }
  if (!hasTrack) throw truncated('the file ends before its samples begin');
}

/** Whether a file begins here. */
function* isHeader(source: ByteSource): Waiting<boolean> {
  return readElement(yield* source.peek(12), 0)?.id === ID.header;
}

/** Undefined at the end of the file. */
function* elementHeader(source: ByteSource): Waiting<Element | undefined> {
  const ahead = yield* source.peek(12);
  if (ahead.length === 0) return undefined;
  const element = readElement(ahead, 0);
  if (!element) {
    if (ahead.length < 12) throw truncated('its end is missing');
    throw damaged(`there is no element at byte ${source.position}`);
  }
  yield* source.skip(element.header);
  return element;
}

function* content(source: ByteSource, { size }: Element): Waiting<Uint8Array> {
  const bytes = yield* source.take(size);
  if (bytes.length < size) throw missingBytes(Number.isFinite(size) ? size - bytes.length : 1);
  return bytes;
}

/** Reads an element's identifier and size; undefined where there is none or its header is cut. */
function readElement(bytes: Uint8Array, at: number): (Element & { readonly header: number }) | undefined {
  const idLength = Math.clz32(bytes[at] ?? 0) - 23;
  if (idLength > 4 || at + idLength >= bytes.length) return undefined;
  let id = 0;
  for (let i = 0; i < idLength; i++) id = id * 256 + bytes[at + i];
  const size = variableInteger(bytes, at + idLength);
  if (!size) return undefined;
  const isUnknown = size.value === 2 ** (7 * size.length) - 1 || size.value >= 2 ** 53;
  return { id, size: isUnknown ? Number.POSITIVE_INFINITY : size.value, header: idLength + size.length };
}

function variableInteger(bytes: Uint8Array, at: number): { value: number; length: number } | undefined {
  const length = Math.clz32(bytes[at] ?? 0) - 23;
  if (length > 8 || at + length > bytes.length) return undefined;
  let value = bytes[at] % 2 ** (8 - length);
  for (let i = 1; i < length; i++) value = value * 256 + bytes[at + i];
  return { value, length };
}

/** The elements in these bytes, by identifier. */
function* elementsIn(bytes: Uint8Array): Generator<{ id: number; body: Uint8Array }, void, void> {
  for (let at = 0; at < bytes.length; ) {
    const element = readElement(bytes, at);
    if (!element) return;
    const start = at + element.header;
    yield { id: element.id, body: bytes.subarray(start, start + element.size) };
    at = start + element.size;
  }
}

function child(bytes: Uint8Array | undefined, ...path: readonly number[]): Uint8Array | undefined {
  let body = bytes;
  for (const id of path) {
    if (!body) return undefined;
    body = [...elementsIn(body)].find((element) => element.id === id)?.body;
  }
  return body;
}

function unsigned(bytes: Uint8Array | undefined, otherwise: number): number {
  return bytes ? bytes.reduce((value, byte) => value * 256 + byte, 0) : otherwise;
}

function float(bytes: Uint8Array | undefined, otherwise: number): number {
  if (bytes?.length === 4) return viewOf(bytes).getFloat32(0);
  return bytes?.length === 8 ? viewOf(bytes).getFloat64(0) : otherwise;
}

function readTracks(tracks: Uint8Array): MatroskaTrack {
  const AUDIO = 2;
  for (const { id, body } of elementsIn(tracks)) {
    if (id !== ID.trackEntry || unsigned(child(body, ID.trackType), 0) !== AUDIO) continue;
    const encoding = child(body, ID.contentEncodings, ID.contentEncoding);
    const compression = child(encoding, ID.contentCompression);
    const HEADER_STRIPPING = 3;
    if (
      encoding &&
      (!compression || unsigned(child(compression, ID.contentCompAlgo), 0) !== HEADER_STRIPPING)
    )
      throw new UnknownCodec('compressed or encrypted packets in Matroska');
    return {
      number: unsigned(child(body, ID.trackNumber), 0),
      stream: streamOf(body),
      stripped: child(compression, ID.contentCompSettings) ?? new Uint8Array(0),
    };
  }
  throw new AudioError({
    what: 'there is no sound in this file',
    remedy: 'Look for the recording that it belongs to',
  });
}

function streamOf(entry: Uint8Array): Stream {
  const name = text(child(entry, ID.codecId) ?? new Uint8Array(0), 0, 64).replace(/\0+$/, '');
  const config = child(entry, ID.codecPrivate);
  const sampleRate = Math.round(float(child(entry, ID.audio, ID.samplingFrequency), 8_000));
  const channels = unsigned(child(entry, ID.audio, ID.channels), 1);
  const bits = unsigned(child(entry, ID.audio, ID.bitDepth), 16);
  const need = (least: number) => {
    if (!config || config.length < least) throw damaged(`the configuration of its codec ${name} is missing`);
    return config;
  };
  if (name === 'A_OPUS') {
    const head = need(19);
    const skip = viewOf(head).getUint16(10, true);
    const delay = unsigned(child(entry, ID.codecDelay), 0);
    return {
      codec: { name: 'opus', head },
      sampleRate: 48_000,
      skip: skip || Math.round((delay * 48_000) / 1e9),
    };
  }
  if (name === 'A_VORBIS') return { codec: { name: 'vorbis', headers: vorbisHeaders(need(3)) }, sampleRate };
  if (name === 'A_FLAC') return flacStream(need(42).subarray(8));
  if (name.startsWith('A_AAC')) return { codec: { name: 'aac', config: need(2) }, sampleRate };
  if (name === 'A_ALAC') return { codec: { name: 'alac', config: need(24) }, sampleRate };
  if (/^A_MPEG\/L[123]$/.test(name)) return { codec: { name: 'mpeg' }, sampleRate };
  if (name === 'A_MS/ACM') return wavStream(need(16));
  if (name.startsWith('A_PCM/')) {
    const layout = {
      encoding: name === 'A_PCM/FLOAT/IEEE' ? 'float' : bits === 8 ? 'unsigned' : 'signed',
      sampleBytes: Math.ceil(bits / 8),
      isLittleEndian: name !== 'A_PCM/INT/BIG',
      channels,
    } as const;
    if (isPcm(layout)) return { codec: { name: 'pcm', layout }, sampleRate };
  }
  throw new UnknownCodec(NAMES[name] ?? `${name || 'without a name'} in Matroska`);
}

const NAMES: Readonly<Record<string, string>> = {
  A_AC3: 'AC-3',
  A_EAC3: 'E-AC-3',
  A_DTS: 'DTS',
  A_TRUEHD: 'TrueHD',
  A_TTA1: 'TTA',
  A_WAVPACK4: 'WavPack',
};

/** Three headers, of which the lengths of the first two are laced as Xiph does. */
function vorbisHeaders(config: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const headers = xiphLaces(config, 1, config[0] + 1);
  if (headers?.length !== 3 || headers[0].length < 30) throw damaged('its Vorbis headers are missing');
  return [headers[0], headers[2]];
}

function* groupPackets(group: Uint8Array, track: MatroskaTrack): Generator<Part, void, void> {
  const block = child(group, ID.block);
  if (!block) return;
  const discard = child(group, ID.discardPadding);
  const nanoseconds = discard && discard.length > 0 ? signed(discard) : 0;
  for (const part of blockPackets(block, track))
    yield 'packet' in part && nanoseconds > 0 ? { ...part, discard: nanoseconds / 1e9 } : part;
}

function signed(bytes: Uint8Array): number {
  const value = unsigned(bytes, 0);
  return bytes[0] & 0x80 ? value - 2 ** (8 * bytes.length) : value;
}

/** The packets of a block, which laces them together in one of three ways (RFC 9559, section 10.3). */
function* blockPackets(block: Uint8Array, track: MatroskaTrack): Generator<Part, void, void> {
  const number = variableInteger(block, 0);
  if (!number || number.value !== track.number) return;
  const flags = number.length + 2;
  const start = flags + 1;
  if (block.length < start) return;
  const lacing = (block[flags] >> 1) & 3;
  const laces =
    lacing === 0
      ? [block.subarray(start)]
      : lacing === 1
        ? xiphLaces(block, start + 1, block[start] + 1)
        : lacing === 2
          ? equalLaces(block, start + 1, block[start] + 1)
          : ebmlLaces(block, start + 1, block[start] + 1);
  if (!laces) throw damaged('the lengths in a block do not fit it');
  for (const lace of laces) {
    if (track.stripped.length === 0) yield { packet: lace };
    else {
      const packet = new Uint8Array(track.stripped.length + lace.length);
      packet.set(track.stripped);
      packet.set(lace, track.stripped.length);
      yield { packet };
    }
  }
}

function xiphLaces(bytes: Uint8Array, at: number, count: number): Uint8Array[] | undefined {
  const sizes: number[] = [];
  let next = at;
  for (let i = 0; i < count - 1; i++) {
    let size = 0;
    while (bytes[next] === 255) size += bytes[next++];
    sizes.push(size + (bytes[next++] ?? 0));
  }
  return cut(bytes, next, sizes);
}

function equalLaces(bytes: Uint8Array, at: number, count: number): Uint8Array[] | undefined {
  const size = Math.floor((bytes.length - at) / count);
  return cut(bytes, at, new Array<number>(count - 1).fill(size));
}

function ebmlLaces(bytes: Uint8Array, at: number, count: number): Uint8Array[] | undefined {
  const sizes: number[] = [];
  let next = at;
  for (let i = 0; i < count - 1; i++) {
    const found = variableInteger(bytes, next);
    if (!found) return undefined;
    next += found.length;
    // The first is a size, the others differences, moved to be positive.
    const bias = i === 0 ? 0 : 2 ** (7 * found.length - 1) - 1;
    sizes.push(i === 0 ? found.value : sizes[i - 1] + found.value - bias);
  }
  return cut(bytes, next, sizes);
}

/** Pieces of these sizes, and one of what is left; undefined where there are fewer bytes. */
function cut(bytes: Uint8Array, at: number, sizes: readonly number[]): Uint8Array[] | undefined {
  const pieces: Uint8Array[] = [];
  let next = at;
  for (const size of sizes) {
    if (size < 0 || next + size > bytes.length) return undefined;
    pieces.push(bytes.subarray(next, next + size));
    next += size;
  }
  return next > bytes.length ? undefined : [...pieces, bytes.subarray(next)];
}
