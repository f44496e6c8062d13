/**
 * AIFF and AIFF-C. The size of the sound chunk tells the length, not the number of frames in the common chunk: so do
 * libsndfile, sox and ffmpeg, and only so are the two of a file that was edited or written to a pipe the same.
 *
 * Source: Apple's "Audio Interchange File Format AIFF-C", 1991; the compression types as libsndfile and ffmpeg know them.
 */
import { checkSampleRate } from '../audio.js';
import { type ByteSource, text, viewOf } from '../byte-source.js';
import { APPLE_BLOCK_BYTES } from '../codecs/adpcm.js';
import { isPcm, type PcmLayout } from '../codecs/pcm.js';
import { type Codec, damaged, missingBytes, type Part, truncated, UnknownCodec } from '../demuxer.js';

interface Common {
  readonly sampleRate: number;
  readonly codec: Extract<Codec, { name: 'pcm' | 'adpcm' }>;
  /** Bytes that can be decoded on their own. */
  readonly unit: number;
}

/** Writers to a pipe leave 0 as a size, 0xffffffff, or sox's 0x7f000000 and a bit. */
const isUnknownSize = (size: number) => size === 0 || size >= 0x7f00_0000;

export function* demuxAiff(source: ByteSource): Generator<Part | undefined, void, void> {
  const start = source.position;
  const form = yield* source.take(12);
  const formSize = viewOf(form).getUint32(4);
  /** Where the file ends by its own word. */
  const end = start + 8 + formSize + (formSize % 2);
  const isCompressed = text(form, 8, 4) === 'AIFC';
  let common: Common | undefined;
  /** Sound that came before the chunk which says what it is. */
  let early: Uint8Array | undefined;
  for (;;) {
    const header = yield* source.take(8);
    if (header.length < 8) throw truncated('the file ends before its samples begin');
    const name = text(header, 0, 4);
    const size = viewOf(header).getUint32(4);
    if (name === 'COMM') {
      if (size < 18 || size > 4096) throw damaged(`a COMM chunk of ${size} bytes is impossible`);
      const body = yield* source.take(size);
      if (body.length < size) throw truncated('the file ends before its samples begin');
      common = readCommon(body, isCompressed);
      if (early) {
        yield { stream: common };
        yield { packet: early.subarray(0, early.length - (early.length % common.unit)) };
        return;
      }
    } else if (name === 'SSND') {
      const head = yield* source.take(8);
      if (head.length < 8) throw truncated('the file ends before its samples begin');
      const offset = viewOf(head).getUint32(0);
      yield* source.skip(offset);
      // A recorder that was cut off has written no length, neither of the sound nor of the file.
      const isCutOff = size <= 8 && end <= source.position;
      const length =
        isUnknownSize(size) || isCutOff ? Number.POSITIVE_INFINITY : Math.max(0, size - 8 - offset);
      if (common) {
        yield { stream: common };
        yield* sound(source, common.unit, length);
        yield* source.skip(Math.max(0, end - source.position));
        return;
      }
      early = yield* source.take(length);
      if (early.length < length) throw missingBytes(length - early.length);
    } else yield* source.skip(size);
    yield* source.skip(size % 2);
  }
}

/** The packets of a run of bytes, of which an unfinished unit at the end is left out; `length` may be Infinity. */
export function* sound(
  source: ByteSource,
  unit: number,
  length: number,
): Generator<Part | undefined, void, void> {
  for (let left = length; left >= unit; ) {
    const packet = yield* source.takeUnits(unit, left);
    left -= packet.length;
    if (packet.length < unit) {
      if (Number.isFinite(left)) throw missingBytes(left);
      return;
    }
    yield { packet };
  }
}

function readCommon(body: Uint8Array, isCompressed: boolean): Common {
  const view = viewOf(body);
  const channels = view.getUint16(0);
  const bits = view.getUint16(6);
  const sampleRate = extended(view, 8);
  checkSampleRate(sampleRate);
  if (channels === 0) throw damaged('the header says 0 channels');
  const type = isCompressed && body.length >= 22 ? text(body, 18, 4) : 'NONE';
  if (type === 'ima4') {
    const blockBytes = APPLE_BLOCK_BYTES * channels;
    return {
      sampleRate,
      codec: { name: 'adpcm', layout: { kind: 'apple', channels, blockBytes } },
      unit: blockBytes,
    };
  }
  const layout = pcmLayout(type, bits, channels);
  if (layout) return { sampleRate, codec: { name: 'pcm', layout }, unit: channels * layout.sampleBytes };
  throw new UnknownCodec(NAMES[type] ?? `AIFF-C compression "${type}" with ${bits} bits a sample`);
}

/** Sample formats of AIFF-C, and of QuickTime, which took them over; undefined where it is none, or cannot be read. */
export function pcmLayout(type: string, bits: number, channels: number): PcmLayout | undefined {
  const bytes = Math.ceil(bits / 8);
  const layout = (encoding: PcmLayout['encoding'], sampleBytes: number, isLittleEndian = false) => {
    const found = { encoding, sampleBytes, isLittleEndian, channels };
    return isPcm(found) ? found : undefined;
  };
  switch (type) {
    case 'NONE':
    case 'twos':
      return layout('signed', bytes);
    case 'sowt':
      return layout('signed', bytes, true);
    case 'raw ':
      return bytes === 1 ? layout('unsigned', 1) : layout('signed', bytes);
    case 'in24':
      return layout('signed', 3);
    case 'in32':
      return layout('signed', 4);
    case '42ni':
      return layout('signed', 3, true);
    case '23ni':
      return layout('signed', 4, true);
    case 'fl32':
    case 'FL32':
      return layout('float', 4);
    case 'fl64':
    case 'FL64':
      return layout('float', 8);
    case 'alaw':
    case 'ALAW':
      return layout('a-law', 1);
    case 'ulaw':
    case 'ULAW':
      return layout('mu-law', 1);
    default:
      return undefined;
  }
}

const NAMES: Readonly<Record<string, string>> = {
  'GSM ': 'GSM 6.10',
  agsm: 'GSM 6.10',
  G722: 'G.722 ADPCM',
  G726: 'G.726 ADPCM',
  ADP4: 'DVI ADPCM',
  ACE2: 'ACE 2:1',
  ACE8: 'ACE 8:3',
  MAC3: 'MACE 3:1',
  MAC6: 'MACE 6:1',
  DWVW: 'DWVW',
  QDMC: 'QDesign Music',
  QDM2: 'QDesign Music 2',
  Qclp: 'QCELP',
};

/** An IEEE 754 number of 80 bits, to the nearest whole one. */
function extended(view: DataView, at: number): number {
  const exponent = (view.getUint16(at) & 0x7fff) - 16_383 - 63;
  const mantissa = view.getUint32(at + 2) * 2 ** 32 + view.getUint32(at + 6);
  return Math.round(mantissa * 2 ** exponent);
}
