/**
 * FLAC (RFC 9639): where frames begin and end. A frame does not tell its length; its end is where the CRC-16 of its bytes
 * comes to nothing and something follows that can stand there. So what lies behind the last frame, such as an ID3v1
 * tag or another FLAC file, is told from it.
 */
import { type ByteSource, text, viewOf, type Waiting } from '../byte-source.js';
import { damaged, type Part, type Stream, truncated } from '../demuxer.js';
import { skipTag } from './tags.js';

/** Bytes of a frame's header at most, section 9.1. */
const LONGEST_HEADER = 16;
/** No frame is longer: 65,535 samples of eight channels, verbatim, and a bit. */
const LONGEST_FRAME = 3 << 20;

export function* demuxFlac(source: ByteSource): Generator<Part | undefined, void, void> {
  for (;;) {
    const stream = yield* readMetadata(source);
    yield { stream };
    const isWhole = yield* frames(source);
    if (!isWhole && stream.promised === undefined) throw truncated('its last frame is missing in part');
    while (yield* skipTag(source));
    if (text(yield* source.peek(4), 0, 4) !== 'fLaC') return;
  }
}

/** STREAMINFO (section 8.2), which is 34 bytes, as a stream. */
export function flacStream(info: Uint8Array): Stream {
  const view = viewOf(info);
  const promised = (info[13] & 15) * 2 ** 32 + view.getUint32(14);
  return {
    codec: { name: 'flac' },
    sampleRate: view.getUint32(10) >>> 12,
    ...(promised > 0 && { promised }),
  };
}

function* readMetadata(source: ByteSource): Waiting<Stream> {
  yield* source.skip(4);
  let stream: Stream | undefined;
  for (let isLast = false; !isLast; ) {
    const header = yield* source.take(4);
    if (header.length < 4) throw truncated('the file ends before its samples begin');
    isLast = (header[0] & 0x80) !== 0;
    const size = viewOf(header).getUint32(0) & 0xff_ffff;
    if ((header[0] & 0x7f) === 0) {
      if (size < 34) throw damaged(`a STREAMINFO block of ${size} bytes is impossible`);
      const info = yield* source.take(size);
      if (info.length < size) throw truncated('the file ends before its samples begin');
      stream = flacStream(info);
    } else if ((yield* source.skip(size)) > 0) throw truncated('the file ends before its samples begin');
  }
  if (!stream) throw damaged('there is no STREAMINFO block');
  return stream;
}

/** Returns whether the last frame is whole. */
function* frames(source: ByteSource): Generator<Part | undefined, boolean, void> {
  for (;;) {
    const ahead = yield* source.peek(LONGEST_HEADER);
    if (!isFrameHeader(ahead, 0)) return true;
    const length = yield* frameLength(source);
    if (length === 0) return false;
    yield { packet: yield* source.take(length) };
  }
}

/** Bytes of the frame that begins here; 0 where no end is found. */
function* frameLength(source: ByteSource): Waiting<number> {
  let crc = 0;
  let scanned = 0;
  /** Where the CRC came to nothing last: the end, if the file has junk behind it. */
  let possible = 0;
  for (let wanted = 1 << 12; ; wanted *= 2) {
    const bytes = yield* source.peek(wanted);
    const isAll = bytes.length < wanted;
    const end = isAll ? bytes.length : bytes.length - LONGEST_HEADER;
    for (; scanned < end; scanned++) {
      if (crc === 0 && scanned > 4) {
        if (canFollow(bytes, scanned)) return scanned;
        possible = scanned;
      }
      crc = CRC16[(crc >> 8) ^ bytes[scanned]] ^ ((crc & 255) << 8);
    }
    if (isAll) return crc === 0 ? bytes.length : possible;
    if (scanned > LONGEST_FRAME) return possible;
  }
}

function canFollow(bytes: Uint8Array, at: number): boolean {
  switch (bytes[at]) {
    case 0xff:
      return isFrameHeader(bytes, at);
    case 0x66: // f
      return text(bytes, at, 4) === 'fLaC';
    case 0x49: // I
      return text(bytes, at, 3) === 'ID3';
    case 0x54: // T
      return text(bytes, at, 3) === 'TAG';
    case 0x41: // A
      return text(bytes, at, 8) === 'APETAGEX';
    default:
      return false;
  }
}

/** Whether a frame's header stands there, with the right CRC-8. */
function isFrameHeader(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== 0xff || (bytes[at + 1] & 0xfe) !== 0xf8) return false;
  const blockSize = bytes[at + 2] >> 4;
  const rate = bytes[at + 2] & 15;
  if (blockSize === 0 || rate === 15 || bytes[at + 3] >> 4 > 10 || (bytes[at + 3] & 1) !== 0) return false;
  // The frame's number is coded as UTF-8 codes characters, in up to seven bytes.
  const lead = Math.clz32(~(bytes[at + 4] << 24));
  let length = 4 + Math.max(1, lead);
  if (blockSize === 6) length += 1;
  else if (blockSize === 7) length += 2;
  if (rate === 12) length += 1;
  else if (rate > 12) length += 2;
  if (at + length >= bytes.length) return false;
  let crc = 0;
  for (let i = at; i <= at + length; i++) crc = CRC8[crc ^ bytes[i]];
  return crc === 0;
}

const CRC8 = Uint8Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & 0x80 ? 0x107 : 0);
  return crc;
});

const CRC16 = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & 0x8000 ? 0x1_8005 : 0);
  return crc;
});
