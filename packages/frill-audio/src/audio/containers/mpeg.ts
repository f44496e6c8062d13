/**
 * MPEG audio (layers I to III, "MP3") and AAC with ADTS headers: files that are frames one after the other. Each frame
 * says its rate and channels, so that a change, as between two files joined into one, is followed. What lies between
 * frames (tags, zeros, a frame that was cut) is passed over.
 *
 * Sources: ISO/IEC 11172-3 and 13818-3; ISO/IEC 14496-3, annex 1.A (ADTS); LAME's description of the Xing tag.
 */
import { type ByteSource, text, viewOf, type Waiting } from '../byte-source.js';
import { type Part, type Stream, truncated } from '../demuxer.js';
import { skipTag } from './tags.js';

interface Frame {
  readonly kind: 'mpeg' | 'aac';
  /** Bytes, the header's included. */
  readonly length: number;
  readonly sampleRate: number;
  readonly channels: number;
  /** Samples of each channel. */
  readonly samples: number;
  /** Equal for frames that one decoder can take one after the other. */
  readonly sort: string;
}

/** How far a first frame is looked for. */
const SEARCHED_BYTES = 1 << 18;
/** Frames that must follow each other for a place to count as the beginning of one. */
const AGREEING_FRAMES = 3;
const HEADER_BYTES = 7;

/** All frames up to the end of the file. */
export function* mpegFrames(source: ByteSource): Generator<Part | undefined, void, void> {
  let sort = '';
  let count: FrameCount | undefined;
  let isFirst = true;
  for (let isInStep = true; ; ) {
    if (yield* skipTag(source)) continue;
    const head = yield* source.peek(HEADER_BYTES);
    if (head.length < 4) break;
    const frame = readHeader(head, 0);
    if (!frame || (!isInStep && !(yield* isConfirmed(source)))) {
      isInStep = false;
      yield* source.skip(1);
      continue;
    }
    isInStep = true;
    const bytes = yield* source.take(frame.length);
    if (bytes.length < frame.length) {
      if (isFirst) throw truncated(`${frame.length - bytes.length} bytes are missing`);
      break;
    }
    isFirst = false;
    const counted = frame.kind === 'mpeg' ? readCount(bytes, frame) : undefined;
    if (counted || frame.sort !== sort || count?.left === 0) {
      count?.check();
      count = counted && new FrameCount(counted.frames);
      yield { stream: streamOf(frame, bytes, counted) };
      if (counted?.end !== undefined) yield { until: counted.end };
    }
    sort = frame.sort;
    if (counted) continue;
    count?.pass();
    yield { packet: frame.kind === 'aac' ? withoutAdts(bytes) : bytes };
  }
  count?.check();
}

/** Whether frames begin within SEARCHED_BYTES of here: passes over what lies before them. */
export function* findFrames(source: ByteSource): Waiting<boolean> {
  const head = yield* source.peek(HEADER_BYTES);
  if (readHeader(head, 0) && (yield* isConfirmed(source, true))) return true;
  for (let passed = 0; passed < SEARCHED_BYTES; passed++) {
    yield* source.skip(1);
    const next = yield* source.peek(HEADER_BYTES);
    if (next.length < HEADER_BYTES) return false;
    if (readHeader(next, 0) && (yield* isConfirmed(source))) return true;
  }
  return false;
}

/** Whether frames of one kind follow each other from here on; at the beginning of a file, as far as it goes. */
function* isConfirmed(source: ByteSource, isAtStart = false): Waiting<boolean> {
  let at = 0;
  let kind: Frame['kind'] | undefined;
  for (let agreeing = 0; agreeing < AGREEING_FRAMES; agreeing++) {
    const ahead = yield* source.peek(at + HEADER_BYTES);
    if (ahead.length < at + HEADER_BYTES) return isAtStart || agreeing > 1 || ahead.length === at;
    const frame = readHeader(ahead, at);
    if (!frame) return text(ahead, at, 3) === 'TAG' || text(ahead, at, 3) === 'ID3';
    if (kind !== undefined && frame.kind !== kind) return false;
    kind = frame.kind;
    at += frame.length;
  }
  return true;
}

function streamOf(frame: Frame, bytes: Uint8Array, counted: Count | undefined): Stream {
  const { sampleRate } = frame;
  if (frame.kind === 'aac') return { codec: { name: 'aac', config: configOf(bytes) }, sampleRate };
  return { codec: { name: 'mpeg' }, sampleRate, ...(counted && { skip: counted.skip }) };
}

/** Holds the frames of an MP3 against what its first one counts. */
class FrameCount {
  readonly #promised: number;
  #passed = 0;

  constructor(promised: number) {
    this.#promised = promised;
  }

  get left(): number {
    return this.#promised === 0 ? Number.POSITIVE_INFINITY : this.#promised - this.#passed;
  }

  pass(): void {
    this.#passed++;
  }

  check(): void {
    const missing = this.#promised - this.#passed;
    if (missing > 0) throw truncated(`${missing} of ${this.#promised} frames are missing`);
  }
}

/** What the frame of a Xing, Info or VBRI tag says, which holds no sound. */
interface Count {
  /** Frames that follow; 0 where it does not say. */
  readonly frames: number;
  /** Samples that encoder and decoder put before the sound. */
  readonly skip: number;
  /** The decoded sample after the last of the sound. */
  readonly end?: number;
}

/** Samples by which an MPEG decoder is late. */
const DECODER_DELAY = 529;

function readCount(bytes: Uint8Array, frame: Frame): Count | undefined {
  const view = viewOf(bytes);
  const isVersion1 = (bytes[1] & 0x18) === 0x18;
  const sideInfo = isVersion1 ? (frame.channels === 1 ? 17 : 32) : frame.channels === 1 ? 9 : 17;
  const hasCrc = (bytes[1] & 1) === 0;
  const places = [4 + sideInfo, ...(hasCrc ? [6 + sideInfo] : [])];
  const tag = places.find((at) => text(bytes, at, 4) === 'Xing' || text(bytes, at, 4) === 'Info');
  if (tag === undefined)
    return text(bytes, 36, 4) === 'VBRI' && bytes.length >= 54
      ? { frames: view.getUint32(50), skip: 0 }
      : undefined;
  if (tag + 8 > bytes.length) return undefined;
  const flags = view.getUint32(tag + 4);
  const [FRAMES, BYTES, CONTENTS, QUALITY] = [1, 2, 4, 8];
  let at = tag + 8;
  const frames = flags & FRAMES && at + 4 <= bytes.length ? view.getUint32(at) : 0;
  at += (flags & FRAMES ? 4 : 0) + (flags & BYTES ? 4 : 0);
  at += (flags & CONTENTS ? 100 : 0) + (flags & QUALITY ? 4 : 0);
  // LAME's extension, which its kin write, too: twelve bits each of delay and padding, 21 bytes in.
  if (bytes[at] === 0 || at + 24 > bytes.length) return { frames, skip: 0 };
  const delay = (bytes[at + 21] << 4) | (bytes[at + 22] >> 4);
  const padding = ((bytes[at + 22] & 15) << 8) | bytes[at + 23];
  const end = frames * frame.samples - Math.max(0, padding - DECODER_DELAY);
  return { frames, skip: delay + DECODER_DELAY, ...(frames > 0 && { end }) };
}

function readHeader(bytes: Uint8Array, at: number): Frame | undefined {
  if (bytes[at] !== 0xff || (bytes[at + 1] & 0xe0) !== 0xe0) return undefined;
  return (bytes[at + 1] & 0x16) === 0x10 ? adtsHeader(bytes, at) : mpegHeader(bytes, at);
}

const MPEG_RATES = [44_100, 48_000, 32_000];
/** Thousands of bits a second, by version 1 or not, and layer. */
const BIT_RATES = {
  first: {
    1: [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    2: [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    3: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  },
  later: {
    1: [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    3: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  },
} as const;

function mpegHeader(bytes: Uint8Array, at: number): Frame | undefined {
  const version = (bytes[at + 1] >> 3) & 3;
  const layer = 4 - ((bytes[at + 1] >> 1) & 3);
  const bitRateIndex = bytes[at + 2] >> 4;
  const rateIndex = (bytes[at + 2] >> 2) & 3;
  if (version === 1 || (layer !== 1 && layer !== 2 && layer !== 3)) return undefined;
  if (bitRateIndex === 0 || bitRateIndex === 15 || rateIndex === 3) return undefined;
  const isVersion1 = version === 3;
  const sampleRate = MPEG_RATES[rateIndex] / (isVersion1 ? 1 : version === 2 ? 2 : 4);
  const bitRate = 1000 * BIT_RATES[isVersion1 ? 'first' : 'later'][layer][bitRateIndex];
  const samples = layer === 1 ? 384 : layer === 3 && !isVersion1 ? 576 : 1152;
  const padding = (bytes[at + 2] >> 1) & 1;
  const slot = layer === 1 ? 4 : 1;
  const length = slot * (Math.floor((samples / 8 / slot) * (bitRate / sampleRate)) + padding);
  const channels = bytes[at + 3] >> 6 === 3 ? 1 : 2;
  return { kind: 'mpeg', length, sampleRate, channels, samples, sort: `${layer}/${sampleRate}/${channels}` };
}

const AAC_RATES = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];

function adtsHeader(bytes: Uint8Array, at: number): Frame | undefined {
  const sampleRate = AAC_RATES[(bytes[at + 2] >> 2) & 15];
  const channels = ((bytes[at + 2] & 1) << 2) | (bytes[at + 3] >> 6);
  const length = ((bytes[at + 3] & 3) << 11) | (bytes[at + 4] << 3) | (bytes[at + 5] >> 5);
  if (sampleRate === undefined || length <= HEADER_BYTES) return undefined;
  const sort = `aac/${bytes[at + 2] >> 6}/${sampleRate}/${channels}`;
  return { kind: 'aac', length, sampleRate, channels, samples: 1024, sort };
}

/** The AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1) that an ADTS header stands for. */
function configOf(bytes: Uint8Array): Uint8Array {
  const objectType = (bytes[2] >> 6) + 1;
  const rateIndex = (bytes[2] >> 2) & 15;
  const channels = ((bytes[2] & 1) << 2) | (bytes[3] >> 6);
  return Uint8Array.of((objectType << 3) | (rateIndex >> 1), ((rateIndex & 1) << 7) | (channels << 3));
}

function withoutAdts(bytes: Uint8Array): Uint8Array {
  const hasCrc = (bytes[1] & 1) === 0;
  return bytes.subarray(hasCrc ? 9 : 7);
}
