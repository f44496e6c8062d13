/**
 * Ogg (RFC 3533): pages to packets, of Opus (RFC 7845), Vorbis and FLAC. Streams that are chained one behind the other
 * come out as streams of their own; of streams side by side the first with sound is heard.
 */
import { AudioError } from '../../errors.js';
import { type ByteSource, text, viewOf, type Waiting } from '../byte-source.js';
import { damaged, missingBytes, type Part, type Stream, truncated, UnknownCodec } from '../demuxer.js';
import { flacStream } from './flac.js';
import { skipTag } from './tags.js';

interface Page {
  readonly serial: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly isContinued: boolean;
  /** Position in samples at the end of the last packet that ends here; undefined where none does. */
  readonly granule: number | undefined;
  /** Pieces of packets; the last is unfinished if `isOpen`. */
  readonly pieces: readonly Uint8Array[];
  readonly isOpen: boolean;
}

export function* demuxOgg(source: ByteSource): Generator<Part | undefined, void, void> {
  let logical: LogicalStream | undefined;
  let isBetween = true;
  let passedOver: string | undefined;
  let hasSound = false;
  for (;;) {
    const page = yield* readPage(source);
    if (!page) break;
    if (page.isFirst && (isBetween || logical?.hasPackets)) {
      const codec = codecOf(page.pieces[0]);
      if (codec in NAMES) throw new UnknownCodec(NAMES[codec]);
      isBetween = !(codec === 'opus' || codec === 'vorbis' || codec === 'flac');
      if (isBetween) passedOver = codec;
      else {
        logical = new LogicalStream(page.serial, codec);
        hasSound = true;
      }
    }
    if (!logical || page.serial !== logical.serial) continue;
    yield* logical.push(page);
    if (page.isLast) isBetween = true;
  }
  if (!hasSound)
    throw new AudioError({
      what:
        passedOver === undefined
          ? 'there is no stream in this Ogg file'
          : 'there is no sound in this Ogg file',
      remedy: 'Opus, Vorbis and FLAC in Ogg can be read',
    });
  if (!isBetween) throw truncated('its end is missing');
}

/** Codecs of Ogg that cannot be decoded here. */
const NAMES: Readonly<Record<string, string>> = {
  speex: 'Speex',
  celt: 'CELT',
  pcm: 'PCM in Ogg',
  midi: 'MIDI',
};

function codecOf(packet: Uint8Array | undefined): string {
  if (!packet) return '';
  const has = (magic: string, at = 0) => text(packet, at, magic.length) === magic;
  if (has('OpusHead')) return 'opus';
  if (has('\x01vorbis')) return 'vorbis';
  if (has('\x7fFLAC')) return 'flac';
  if (has('Speex   ')) return 'speex';
  if (has('CELT    ')) return 'celt';
  if (has('PCM     ')) return 'pcm';
  if (has('OggMIDI')) return 'midi';
  return 'other';
}

/** One stream of pages with the same serial number. */
class LogicalStream {
  readonly serial: number;
  readonly #codec: string;
  #headers: Uint8Array[] = [];
  #open: Uint8Array[] = [];
  #hasStarted = false;

  constructor(serial: number, codec: string) {
    this.serial = serial;
    this.#codec = codec;
  }

  get hasPackets(): boolean {
    return this.#hasStarted;
  }

  *push(page: Page): Generator<Part, void, void> {
    const packets = this.#packets(page);
    for (const [i, packet] of packets.entries()) {
      if (!this.#hasStarted && this.#isHeader(packet)) {
        this.#headers.push(packet);
        continue;
      }
      if (!this.#hasStarted) {
        yield { stream: streamOf(this.#codec, this.#headers) };
        this.#hasStarted = true;
      }
      // The last page tells where the sound ends, within its last packet.
      if (i === 0 && page.isLast && page.granule !== undefined) yield { until: page.granule };
      yield { packet };
    }
  }

  #isHeader(packet: Uint8Array): boolean {
    switch (this.#codec) {
      case 'opus':
        return this.#headers.length < 2;
      case 'vorbis':
        return this.#headers.length < 3;
      default: // Every block of FLAC's metadata; a frame begins with 0xff.
        return packet[0] !== 0xff;
    }
  }

  #packets({ pieces, isContinued, isOpen }: Page): Uint8Array[] {
    const packets: Uint8Array[] = [];
    for (const [i, piece] of pieces.entries()) {
      // The rest of a packet whose beginning was lost with a page is lost, too.
      const isOrphan = i === 0 && isContinued && this.#open.length === 0;
      if (i === 0 && !isContinued) this.#open = [];
      if (!isOrphan) this.#open.push(piece);
      if (i === pieces.length - 1 && isOpen) break;
      if (!isOrphan) packets.push(joinedBytes(this.#open));
      this.#open = [];
    }
    return packets;
  }
}

function streamOf(codec: string, headers: readonly Uint8Array[]): Stream {
  const [first] = headers;
  if (codec === 'opus') {
    if (first === undefined || first.length < 19) throw damaged('its Opus header is too short');
    return {
      codec: { name: 'opus', head: first },
      sampleRate: 48_000,
      skip: viewOf(first).getUint16(10, true),
    };
  }
  if (codec === 'vorbis') {
    if (headers.length < 3 || first.length < 30) throw damaged('its Vorbis headers are missing');
    return {
      codec: { name: 'vorbis', headers: [first, headers[2]] },
      sampleRate: viewOf(first).getUint32(12, true),
    };
  }
  if (first === undefined || first.length < 51) throw damaged('its FLAC header is too short');
  return flacStream(first.subarray(17));
}

const CAPTURE = 'OggS';

function* readPage(source: ByteSource): Waiting<Page | undefined> {
  for (;;) {
    while (yield* skipTag(source));
    const magic = yield* source.peek(4);
    if (magic.length < 4) return undefined;
    if (text(magic, 0, 4) === CAPTURE) break;
    yield* source.skip(1);
  }
  const header = yield* source.take(27);
  if (header.length < 27) throw missingBytes(27 - header.length);
  const table = yield* source.take(header[26]);
  const length = table.reduce((sum, segment) => sum + segment, 0);
  const body = yield* source.take(length);
  const missing = header[26] - table.length + length - body.length;
  if (missing > 0) throw missingBytes(missing);
  const view = viewOf(header);
  const granule = Number(view.getBigInt64(6, true));
  const pieces: Uint8Array[] = [];
  let at = 0;
  let size = 0;
  for (const [i, segment] of table.entries()) {
    size += segment;
    if (segment === 255 && i < table.length - 1) continue;
    pieces.push(body.slice(at, at + size));
    at += size;
    size = 0;
  }
  const flags = header[5];
  return {
    serial: view.getUint32(14, true),
    isContinued: (flags & 1) !== 0,
    isFirst: (flags & 2) !== 0,
    isLast: (flags & 4) !== 0,
    granule: granule < 0 ? undefined : granule,
    pieces,
    isOpen: table.length > 0 && table[table.length - 1] === 255,
  };
}

/** Pieces one after the other. */
export function joinedBytes(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0];
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
