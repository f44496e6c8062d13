/**
 * WAV: RIFF, RF64 and BW64 with samples of every kind that codecs/pcm.ts reads, IMA ADPCM and MPEG audio, any number of
 * channels.
 *
 * Sources: Microsoft's "Multiple channel audio data and WAVE files", EBU Tech 3306 (RF64).
 */
import { AudioError } from '../../errors.js';
import { checkSampleRate } from '../audio.js';
import { type ByteSource, text, viewOf, type Waiting } from '../byte-source.js';
import { type AdpcmLayout, samplesInBlock } from '../codecs/adpcm.js';
import { isPcm, type PcmLayout } from '../codecs/pcm.js';
import { type Part, type Stream, truncated, UnknownCodec } from '../demuxer.js';
import { mpegFrames } from './mpeg.js';

/** The `fmt ` chunk. */
interface WavFormat {
  readonly sampleRate: number;
  readonly content:
    | { readonly name: 'pcm'; readonly layout: PcmLayout }
    | { readonly name: 'adpcm'; readonly layout: AdpcmLayout }
    | { readonly name: 'mpeg' };
}

const TAG = { integer: 1, float: 3, aLaw: 6, muLaw: 7, imaAdpcm: 0x11, mpeg: 0x50, mp3: 0x55 } as const;
const EXTENSIBLE = 0xfffe;

/** Codecs with a registered tag that cannot be decoded here, or not in every container. */
const NAMES: Readonly<Record<number, string>> = {
  1: 'PCM',
  2: 'Microsoft ADPCM',
  10: 'Windows Media Audio Voice',
  17: 'IMA ADPCM',
  32: 'Yamaha ADPCM',
  49: 'GSM 6.10',
  64: 'G.721 ADPCM',
  69: 'G.726 ADPCM',
  80: 'MPEG layer I or II',
  85: 'MP3',
  100: 'G.726 ADPCM',
  101: 'G.722 ADPCM',
  131: 'G.729',
  255: 'AAC',
  352: 'Windows Media Audio',
  353: 'Windows Media Audio',
  354: 'Windows Media Audio Professional',
  355: 'Windows Media Audio Lossless',
  624: 'ATRAC3',
  5632: 'AAC',
  5648: 'HE-AAC',
  8192: 'AC-3',
  8193: 'DTS',
  26447: 'Vorbis',
  26449: 'Vorbis',
  41225: 'Speex',
  61868: 'FLAC',
};

/** What the registered number of a codec stands for. */
export function codecNamed(code: number): string {
  return NAMES[code] ?? `codec ${code}`;
}

/** Whether these first bytes (12 or more) open a WAV file. */
export function isWav(bytes: Uint8Array): boolean {
  return ['RIFF', 'RF64', 'BW64'].includes(text(bytes, 0, 4)) && text(bytes, 8, 4) === 'WAVE';
}

export function* demuxWav(source: ByteSource): Generator<Part | undefined, void, void> {
  const start = source.position;
  const riff = yield* source.take(12);
  const riffSize = viewOf(riff).getUint32(4, true);
  /** Where the file ends by its own word. */
  const end = () => start + 8 + riffSize + (riffSize % 2);
  let format: WavFormat | undefined;
  let longSize: number | undefined;
  let promised: number | undefined;
  for (;;) {
    const header = yield* source.take(8);
    if (header.length < 8) throw truncated('the file ends before its samples begin');
    const name = text(header, 0, 4);
    const size = viewOf(header).getUint32(4, true);
    if (name === 'data') {
      if (!format)
        throw new AudioError({
          what: 'the `data` chunk comes before any `fmt ` chunk',
          remedy: 'Write it again as plain WAV',
        });
      const length = dataSize(size, { longSize, isLast: end() <= source.position });
      const isCutOff = length === 0 && !isChunkName(yield* source.peek(4));
      yield* samples(source, format, isCutOff ? Number.POSITIVE_INFINITY : length, promised);
      yield* source.skip(Math.max(0, end() - source.position));
      return;
    }
    if (name === 'fmt ') format = readFormat(yield* body(source, name, size, 16));
    else if (name === 'ds64')
      longSize = Number(viewOf(yield* body(source, name, size, 24)).getBigUint64(8, true));
    else if (name === 'fact' && size >= 4)
      promised = viewOf(yield* body(source, name, size, 4)).getUint32(0, true);
    else yield* source.skip(size);
    yield* source.skip(size % 2);
  }
}

function* body(source: ByteSource, name: string, size: number, least: number): Waiting<Uint8Array> {
  if (size < least || size > 4096)
    throw headerError(`a \`${name}\` chunk of ${size} bytes is impossible`, 'The header is damaged');
  const bytes = yield* source.take(size);
  if (bytes.length < size) throw truncated('the file ends before its samples begin');
  return bytes;
}

/**
 * Infinity where the header does not know. Writers to a pipe put down what they like from just under 2 GiB: sox
 * 0x7ffff000, or 0x7f000000 and a bit, arecord 0x80000000, ffmpeg 0xffffffff. A true size of so much is told by being there.
 */
function dataSize(
  size: number,
  {
    longSize,
    isLast,
  }: {
    /** What the `ds64` chunk says. */
    readonly longSize: number | undefined;
    /** Whether the file's own size ends here, or is 0. */
    readonly isLast: boolean;
  },
): number {
  if (size === 0xffff_ffff && longSize !== undefined)
    return longSize === 0 || longSize >= 2 ** 53 || isUnknownSize(longSize)
      ? Number.POSITIVE_INFINITY
      : longSize;
  // A recorder that was cut off leaves 0.
  if (size === 0 && isLast) return Number.POSITIVE_INFINITY;
  return isUnknownSize(size) ? Number.POSITIVE_INFINITY : size;
}

const UNKNOWN_SIZES = [
  [0x7f00_0000, 0x8000_0fff],
  [0xffff_0000, 0xffff_ffff],
] as const;

function isUnknownSize(size: number): boolean {
  return UNKNOWN_SIZES.some(([lowest, highest]) => size >= lowest && size <= highest);
}

/** Whether another chunk begins with these bytes, or the file ends. */
function isChunkName(bytes: Uint8Array): boolean {
  return bytes.length < 4 || bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
}

function* samples(
  source: ByteSource,
  { sampleRate, content }: WavFormat,
  size: number,
  fact: number | undefined,
): Generator<Part | undefined, void, void> {
  if (content.name === 'mpeg') {
    yield* mpegFrames(source);
    return;
  }
  const isPcm = content.name === 'pcm';
  const unit = isPcm ? content.layout.channels * content.layout.sampleBytes : content.layout.blockBytes;
  yield { stream: { codec: content, sampleRate } };
  // The last block of ADPCM is padded: the `fact` chunk says how much of it counts.
  if (!isPcm && fact !== undefined && fact > 0) yield { until: fact };
  for (let left = size; left >= (isPcm ? unit : 1); ) {
    const packet = yield* source.takeUnits(unit, left);
    left -= packet.length;
    if (packet.length % unit !== 0 || packet.length === 0) {
      // A last block of ADPCM may be short; else the file ends here, as a header that knows the length would tell.
      if (!isPcm && packet.length > 0) yield { packet };
      if (left > 0 && Number.isFinite(left)) throw truncated(`${left} bytes of samples are missing`);
      return;
    }
    yield { packet };
  }
}

/** The stream that a `fmt ` chunk describes where another container has the packets. */
export function wavStream(bytes: Uint8Array): Stream {
  const { sampleRate, content } = readFormat(bytes);
  return { sampleRate, codec: content };
}

function readFormat(bytes: Uint8Array): WavFormat {
  const view = viewOf(bytes);
  const tag = view.getUint16(0, true);
  const channels = view.getUint16(2, true);
  const sampleRate = view.getUint32(4, true);
  const blockBytes = view.getUint16(12, true);
  const bits = view.getUint16(14, true);
  const code = tag === EXTENSIBLE && bytes.length >= 26 ? view.getUint16(24, true) : tag;
  checkSampleRate(sampleRate);
  if (channels === 0) throw headerError('the header says 0 channels', 'The header is damaged');
  if (code === TAG.mpeg || code === TAG.mp3) return { sampleRate, content: { name: 'mpeg' } };
  const adpcm: AdpcmLayout = { kind: 'wav', channels, blockBytes };
  if (code === TAG.imaAdpcm && bits === 4 && samplesInBlock(adpcm, blockBytes) > 1)
    return { sampleRate, content: { name: 'adpcm', layout: adpcm } };
  const layout = pcmLayout(code, channels, bits);
  if (!layout) throw new UnknownCodec(unreadable(code, bits));
  if (isReadDifferently(layout, bits, blockBytes / channels))
    throw headerError(
      `the header says ${bits} bits a sample and room for ${(8 * blockBytes) / channels}, which decoders take for either`,
      'Write it again with a block align that fits',
    );
  return { sampleRate, content: { name: 'pcm', layout } };
}

/** Where block align and bits contradict each other, libsndfile, sox and ffmpeg go by the bits, all but here. */
function isReadDifferently({ sampleBytes }: PcmLayout, bits: number, roomBytes: number): boolean {
  if (roomBytes === sampleBytes) return false;
  return sampleBytes === 3 || (roomBytes === 3 && sampleBytes > 1) || bits % 8 !== 0;
}

function unreadable(code: number, bits: number): string {
  const name = NAMES[code];
  return name && code !== TAG.integer ? name : `WAV encoding ${code} with ${bits} bits a sample`;
}

function pcmLayout(code: number, channels: number, bits: number): PcmLayout | undefined {
  const layout = (encoding: PcmLayout['encoding'], sampleBytes: number): PcmLayout | undefined => {
    const found = { encoding, sampleBytes, isLittleEndian: true, channels };
    return isPcm(found) ? found : undefined;
  };
  if (code === TAG.integer && bits >= 8)
    return layout(bits === 8 ? 'unsigned' : 'signed', Math.ceil(bits / 8));
  if (code === TAG.float && bits % 8 === 0) return layout('float', bits / 8);
  if (code === TAG.aLaw && bits === 8) return layout('a-law', 1);
  if (code === TAG.muLaw && bits === 8) return layout('mu-law', 1);
  return undefined;
}

function headerError(what: string, remedy: string): AudioError {
  return new AudioError({ what, remedy });
}
