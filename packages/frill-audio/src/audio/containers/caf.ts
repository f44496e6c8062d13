/**
 * Apple's Core Audio Format. Packets of varying size are listed in a chunk of their own, which may come after them.
 *
 * Source: Apple's "Core Audio Format Specification 1.0".
 */
import { AudioError } from '../../errors.js';
import { checkSampleRate } from '../audio.js';
import { type ByteSource, text, viewOf } from '../byte-source.js';
import { APPLE_BLOCK_BYTES } from '../codecs/adpcm.js';
import { isPcm, type PcmLayout } from '../codecs/pcm.js';
import {
  type Codec,
  damaged,
  missingBytes,
  type Part,
  type Stream,
  truncated,
  UnknownCodec,
} from '../demuxer.js';
import { sound } from './aiff.js';
import { decoderConfig } from './mp4-track.js';

interface Description {
  readonly sampleRate: number;
  readonly format: string;
  readonly flags: number;
  /** 0 where packets vary. */
  readonly packetBytes: number;
  readonly packetFrames: number;
  readonly channels: number;
  readonly bits: number;
}

/** The packet table: sizes, and what of the decoded samples is to be heard. */
interface PacketTable {
  readonly validFrames: number;
  readonly primingFrames: number;
  /** None where all packets are of one size. */
  readonly sizes: readonly number[];
}

export function* demuxCaf(source: ByteSource): Generator<Part | undefined, void, void> {
  yield* source.skip(8);
  let description: Description | undefined;
  let cookie: Uint8Array | undefined;
  let table: PacketTable | undefined;
  let held: Uint8Array | undefined;
  for (;;) {
    const header = yield* source.take(12);
    if (header.length === 0) break;
    if (header.length < 12) throw missingBytes(12 - header.length);
    const type = text(header, 0, 4);
    const size = Number(viewOf(header).getBigInt64(4));
    // Only the sound may be of unknown length, and is the last chunk then.
    if (size < 0 && type !== 'data') throw damaged(`a \`${type}\` chunk of ${size} bytes is impossible`);
    if (type === 'data') {
      yield* source.skip(4); // The number of edits.
      // A recorder that was cut off leaves -1 or 0.
      const length = size <= 0 ? Number.POSITIVE_INFINITY : Math.max(0, size - 4);
      if (!description) throw damaged('the sound comes before its description');
      const constant = constantStream(description);
      if (constant) {
        yield { stream: constant.stream };
        yield* sound(source, constant.unit, length);
        return;
      }
      held = yield* source.take(length);
      if (held.length < length && Number.isFinite(length)) throw missingBytes(length - held.length);
    } else if (type === 'desc' || type === 'kuki' || type === 'pakt') {
      const body = yield* source.take(size);
      if (body.length < size) throw missingBytes(size - body.length);
      if (type === 'desc') description = readDescription(body);
      else if (type === 'kuki') cookie = body;
      else if (description) table = readTable(body, description);
    } else {
      const missing = yield* source.skip(size);
      if (missing > 0) throw missingBytes(missing);
    }
    if (held && table && description) {
      yield* packets(description, cookie, table, held);
      return;
    }
  }
  if (held) throw truncated('the table of its packets is missing');
}

function readDescription(body: Uint8Array): Description {
  if (body.length < 32) throw damaged('its description is too short');
  const view = viewOf(body);
  const sampleRate = Math.round(view.getFloat64(0));
  checkSampleRate(sampleRate);
  const channels = view.getUint32(24);
  if (channels === 0) throw damaged('the header says 0 channels');
  return {
    sampleRate,
    format: text(body, 8, 4),
    flags: view.getUint32(12),
    packetBytes: view.getUint32(16),
    packetFrames: view.getUint32(20),
    channels,
    bits: view.getUint32(28),
  };
}

/** A stream whose packets are all of one size; undefined for others. */
function constantStream(description: Description): { stream: Stream; unit: number } | undefined {
  const { format, flags, channels, bits, sampleRate } = description;
  const pcm = (encoding: PcmLayout['encoding'], sampleBytes: number, isLittleEndian = false) => {
    const layout = { encoding, sampleBytes, isLittleEndian, channels };
    if (!isPcm(layout)) throw new UnknownCodec(`linear PCM of ${bits} bits in CAF`);
    return { stream: { codec: { name: 'pcm', layout }, sampleRate } as const, unit: sampleBytes * channels };
  };
  const [IS_FLOAT, IS_LITTLE_ENDIAN] = [1, 2];
  switch (format) {
    case 'lpcm': {
      const bytes = Math.ceil(bits / 8);
      const room = description.packetBytes / (description.packetFrames || 1) / channels;
      if (room !== 0 && room !== bytes)
        throw new AudioError({
          what: `the header says ${bits} bits a sample and room for ${8 * room}, which decoders take for either`,
          remedy: 'Write it again with packets that fit',
        });
      return pcm(flags & IS_FLOAT ? 'float' : 'signed', bytes, (flags & IS_LITTLE_ENDIAN) !== 0);
    }
    case 'alaw':
      return pcm('a-law', 1);
    case 'ulaw':
      return pcm('mu-law', 1);
    case 'ima4': {
      const blockBytes = APPLE_BLOCK_BYTES * channels;
      const layout = { kind: 'apple', channels, blockBytes } as const;
      return { stream: { codec: { name: 'adpcm', layout }, sampleRate }, unit: blockBytes };
    }
    default:
      if (NAMES[format] !== undefined) throw new UnknownCodec(NAMES[format]);
      return undefined;
  }
}

const NAMES: Readonly<Record<string, string>> = {
  MAC3: 'MACE 3:1',
  MAC6: 'MACE 6:1',
  QDMC: 'QDesign Music',
  QDM2: 'QDesign Music 2',
  Qclp: 'QCELP',
  ilbc: 'iLBC',
  agsm: 'GSM 6.10',
  samr: 'AMR in CAF',
  aach: 'HE-AAC in CAF',
  aacp: 'HE-AAC v2 in CAF',
  aacl: 'AAC-LD in CAF',
  aace: 'AAC-ELD in CAF',
  usac: 'xHE-AAC in CAF',
  flac: 'FLAC in CAF',
  'ac-3': 'AC-3',
  'ec-3': 'E-AC-3',
};

function* packets(
  description: Description,
  cookie: Uint8Array | undefined,
  { sizes, validFrames, primingFrames }: PacketTable,
  bytes: Uint8Array,
): Generator<Part, void, void> {
  const { sampleRate } = description;
  const span = { start: primingFrames / sampleRate, end: (primingFrames + validFrames) / sampleRate };
  const codec = codecOf(description, cookie);
  yield { stream: { codec, sampleRate, ...(validFrames > 0 && { windows: [span] }) } };
  let at = 0;
  const { packetBytes } = description;
  const count = packetBytes > 0 ? Math.floor(bytes.length / packetBytes) : sizes.length;
  for (let i = 0; i < count; i++) {
    const size = packetBytes > 0 ? packetBytes : sizes[i];
    if (at + size > bytes.length) throw missingBytes(at + size - bytes.length);
    yield { packet: bytes.subarray(at, at + size) };
    at += size;
  }
}

function codecOf({ format, channels, sampleRate }: Description, cookie: Uint8Array | undefined): Codec {
  switch (format) {
    case 'aac ':
      if (!cookie) throw damaged('its AAC configuration is missing');
      return decoderConfig(cookie);
    case 'alac':
      if (!cookie || cookie.length < 24) throw damaged('its ALAC configuration is missing');
      return { name: 'alac', config: alacConfig(cookie) };
    case '.mp1':
    case '.mp2':
    case '.mp3':
      return { name: 'mpeg' };
    case 'opus': {
      const head = new Uint8Array(19);
      head.set(new TextEncoder().encode('OpusHead'));
      head.set([1, channels], 8);
      viewOf(head).setUint32(12, sampleRate, true);
      return { name: 'opus', head };
    }
    default:
      throw new UnknownCodec(`"${format}" in CAF`);
  }
}

/** The cookie may stand in the boxes that QuickTime puts around it. */
function alacConfig(cookie: Uint8Array): Uint8Array {
  return text(cookie, 4, 4) === 'frma' && cookie.length >= 48 ? cookie.subarray(24, 48) : cookie;
}

function readTable(body: Uint8Array, { packetBytes, packetFrames }: Description): PacketTable {
  if (body.length < 24) throw damaged('the table of its packets is too short');
  const view = viewOf(body);
  const count = Number(view.getBigInt64(0));
  const sizes: number[] = [];
  if (packetBytes === 0) {
    let at = 24;
    const next = () => {
      let value = 0;
      for (let more = true; more; at++) {
        if (at >= body.length) throw damaged('the table of its packets is too short');
        more = (body[at] & 0x80) !== 0;
        value = value * 128 + (body[at] & 0x7f);
      }
      return value;
    };
    for (let i = 0; i < count; i++) {
      sizes.push(next());
      if (packetFrames === 0) next();
    }
  }
  return { validFrames: Number(view.getBigInt64(8)), primingFrames: view.getInt32(16), sizes };
}
