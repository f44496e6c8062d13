/** Which container a file is, by its first bytes. Tags before it are passed over: they say nothing of what follows. */
import { AudioError } from '../../errors.js';
import { type ByteSource, text, type Waiting } from '../byte-source.js';
import { type Demuxer, type Part, UnknownCodec } from '../demuxer.js';
import { demuxAiff } from './aiff.js';
import { demuxCaf } from './caf.js';
import { demuxFlac } from './flac.js';
import { demuxMatroska } from './matroska.js';
import { demuxMp4 } from './mp4.js';
import { findFrames, mpegFrames } from './mpeg.js';
import { demuxOgg } from './ogg.js';
import { skipTag } from './tags.js';
import { demuxWav, isWav } from './wav.js';
import { demuxWma } from './wma.js';

const SNIFFED_BYTES = 16;
/** Packets of an MPEG transport stream, each of which begins with 0x47, G. */
const TRANSPORT_BYTES = 188;

/** The parts of a file of any container, and of files that were joined to it. */
export function* demux(source: ByteSource): Generator<Part | undefined, void, void> {
  yield* demuxOne(source);
  for (;;) {
    while (yield* skipTag(source));
    const next = joinedOf(yield* source.peek(SNIFFED_BYTES));
    if (!next) break;
    yield* next(source);
  }
  // What is left is nobody's, and is not to be held.
  while ((yield* source.takeSome(1 << 16)).length > 0);
}

/** What can be told behind another file: fewer containers, for anything may stand there. */
function joinedOf(beginning: Uint8Array): Demuxer | undefined {
  if (isWav(beginning)) return demuxWav;
  if (isAiff(beginning)) return demuxAiff;
  return text(beginning, 0, 4) === 'fLaC' ? demuxFlac : undefined;
}

function isAiff(beginning: Uint8Array): boolean {
  return text(beginning, 0, 4) === 'FORM' && ['AIFF', 'AIFC'].includes(text(beginning, 8, 4));
}

function* demuxOne(source: ByteSource): Generator<Part | undefined, void, void> {
  while (yield* skipTag(source));
  const beginning = yield* source.peek(SNIFFED_BYTES);
  const demuxer = demuxerOf(beginning);
  if (!demuxer && (yield* isTransportStream(source))) throw new UnknownCodec('an MPEG transport stream');
  if (demuxer) yield* demuxer(source);
  else if (yield* findFrames(source)) yield* mpegFrames(source);
  else
    throw new AudioError({
      what: 'not audio of any known format',
      remedy:
        'WAV, FLAC, MP3, AAC, Ogg, Opus, M4A, WebM, AIFF, CAF, AMR and WMA can be read; ffmpeg converts most others',
    });
}

function* isTransportStream(source: ByteSource): Waiting<boolean> {
  if ((yield* source.peek(1))[0] !== 0x47) return false;
  const ahead = yield* source.peek(2 * TRANSPORT_BYTES + 1);
  return ahead[TRANSPORT_BYTES] === 0x47 && ahead[2 * TRANSPORT_BYTES] === 0x47;
}

function demuxerOf(beginning: Uint8Array): Demuxer | undefined {
  const has = (magic: string, at = 0) => text(beginning, at, magic.length) === magic;
  if (isWav(beginning)) return demuxWav;
  if (has('fLaC')) return demuxFlac;
  if (has('OggS')) return demuxOgg;
  if (['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip', 'pnot'].some((type) => has(type, 4))) return demuxMp4;
  if (has('\x1aE\xdf\xa3')) return demuxMatroska;
  if (isAiff(beginning)) return demuxAiff;
  if (has('caff')) return demuxCaf;
  if (has('#!AMR')) return demuxAmr;
  if (has('0&\xb2u\x8e\x66\xcf\x11')) return demuxWma;
  const unknown = NAMES.find(([magic, at]) => has(magic, at));
  if (unknown) throw new UnknownCodec(unknown[2], unknown[3]);
  return undefined;
}

/** Of Skype's SDK; ffmpeg has none. */
const SILK_DECODER = 'decoder FILE OUT';

/** Audio files that are known and cannot be read. */
const NAMES: readonly (readonly [magic: string, at: number, name: string, converter?: string])[] = [
  ['wvpk', 0, 'WavPack'],
  ['MAC ', 0, "Monkey's Audio"],
  ['TTA1', 0, 'TTA'],
  ['MPCK', 0, 'Musepack'],
  ['MP+', 0, 'Musepack'],
  ['.snd', 0, 'Sun/NeXT audio (.au)'],
  ['NIST_1A', 0, 'NIST SPHERE'],
  ['Creative Voice', 0, 'Creative Voice (.voc)'],
  ['riff\x2e\x91\xcf\x11', 0, 'Sony Wave64'],
  ['AVI ', 8, 'AVI'],
  ['DSD ', 0, 'DSD'],
  ['FRM8', 0, 'DSD'],
  ['.RMF', 0, 'RealAudio'],
  ['.ra\xfd', 0, 'RealAudio'],
  ['RIFX', 0, 'big-endian WAV (RIFX)', 'sox FILE OUT'],
  ['XWMA', 8, 'xWMA'],
  ['#!SILK', 0, 'SILK', SILK_DECODER],
  ['\x02#!SILK', 0, 'SILK', SILK_DECODER],
  ['ADIF', 0, 'AAC in ADIF', 'faad -o OUT FILE'],
  ['\x7f\xfe\x80\x01', 0, 'DTS'],
  ['OFR ', 0, 'OptimFROG', 'ofr --decode FILE --output OUT'],
  ['\0\0\x01\xba', 0, 'an MPEG program stream'],
  ['MThd', 0, 'MIDI', 'fluidsynth -F OUT soundfont.sf2 FILE'],
  ['\x0bw', 0, 'AC-3'],
  ['8SVX', 8, '8SVX'],
  ['FLV\x01', 0, 'Flash video'],
  ['.SoX', 0, 'SoX native sound', 'sox -t sox FILE OUT'],
  ['XoS.', 0, 'SoX native sound', 'sox -t sox FILE OUT'],
  ['\x64\xa3\x01\0', 0, 'IRCAM sound'],
  ['\x64\xa3\x02\0', 0, 'IRCAM sound'],
  ['nut/multimedia', 0, 'NUT'],
];

function* demuxAmr(source: ByteSource): Generator<Part | undefined, void, void> {
  yield { stream: { codec: { name: 'amr' } } };
  for (;;) {
    const packet = yield* source.takeSome(1 << 14);
    if (packet.length === 0) return;
    yield { packet };
  }
}
