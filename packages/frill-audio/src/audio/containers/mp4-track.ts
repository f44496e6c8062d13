/**
 * The track of an MP4 file that has the sound: its codec, where its packets lie, and what of them is to be heard.
 *
 * Sources: ISO/IEC 14496-12 (sample tables, edit lists), 14496-14 (esds), Apple's QuickTime File Format (sound
 * descriptions), "Encapsulation of Opus in ISO BMFF" and of FLAC; iTunes' gapless comment.
 */
import { AudioError } from '../../errors.js';
import { text, viewOf } from '../byte-source.js';
import { APPLE_BLOCK_BYTES } from '../codecs/adpcm.js';
import { isPcm, type PcmLayout } from '../codecs/pcm.js';
import { type Codec, damaged, type Span, type Stream, UnknownCodec } from '../demuxer.js';
import { pcmLayout } from './aiff.js';
import { flacStream } from './flac.js';
import { BoxReader, boxesIn, findBox } from './mp4-boxes.js';

/** Bytes of the file. */
export interface Place {
  readonly offset: number;
  readonly size: number;
}

export interface Mp4Track {
  readonly id: number;
  readonly stream: Stream;
  /** Packets in the order in which they are decoded; none where fragments have them. */
  readonly places: readonly Place[];
}

/** The first track with sound of a `moov` box. */
export function readTrack(moov: Uint8Array): Mp4Track {
  const tracks = boxesIn(moov).filter(({ type }) => type === 'trak');
  for (const { body } of tracks) {
    const handler = findBox(body, 'mdia', 'hdlr');
    if (handler && text(handler, 8, 4) === 'soun') return trackOf(body, moov);
  }
  throw new AudioError({
    what: 'there is no sound in this file',
    remedy: 'Look for the recording that it belongs to',
  });
}

function trackOf(trak: Uint8Array, moov: Uint8Array): Mp4Track {
  const media = required(trak, 'mdia');
  const table = required(media, 'minf', 'stbl');
  const header = new BoxReader('tkhd', required(trak, 'tkhd'));
  header.skip(header.version === 1 ? 16 : 8);
  const entry = readEntry(required(table, 'stsd'), timescaleOf(required(media, 'mdhd')));
  return {
    id: header.uint32(),
    stream: withWindows(entry.stream, trak, moov),
    places: placesOf(table, entry.bytesPerSample),
  };
}

function required(within: Uint8Array, ...path: readonly string[]): Uint8Array {
  const body = findBox(within, ...path);
  if (!body) throw damaged(`its \`${path[path.length - 1]}\` box is missing`);
  return body;
}

/** Units of time in a second; mvhd and mdhd have it at the same place. */
function timescaleOf(body: Uint8Array): number {
  const reader = new BoxReader('mdhd', body);
  reader.skip(reader.version === 1 ? 16 : 8);
  return reader.uint32();
}

interface Entry {
  readonly stream: Stream;
  /** Bytes of one frame of uncompressed sound: there a "sample" of the tables is a frame, and the sizes in them are not to be believed. */
  readonly bytesPerSample?: number;
}

/** The sample description of the track's packets. Throws UnknownCodec where it changes on the way. */
function readEntry(stsd: Uint8Array, timescale: number): Entry {
  const [entry, ...others] = boxesIn(stsd.subarray(8));
  // Files joined without coding them again have one for each.
  if (others.some(({ type, body }) => type !== entry.type || !isEqual(body, entry.body)))
    throw new UnknownCodec('a track that changes its codec on the way');
  if (!entry || entry.body.length < 28) throw damaged('its `stsd` box is too short');
  const { type, body } = entry;
  const view = viewOf(body);
  const version = view.getUint16(8);
  const isLong = version === 2 && body.length >= 64;
  const channels = isLong ? view.getUint32(40) : view.getUint16(16);
  const bits = isLong ? view.getUint32(48) : view.getUint16(18);
  const sampleRate = Math.round(isLong ? view.getFloat64(32) : view.getUint16(24)) || timescale;
  const inner = body.subarray(isLong ? 64 : version === 1 ? 44 : 28);
  const wave = findBox(inner, 'wave');
  const child = (name: string) => findBox(inner, name) ?? (wave && findBox(wave, name));
  const formatFlags = isLong ? view.getUint32(52) : 0;
  const codec = codecOf({ type, channels, bits, formatFlags, child });
  const ofCodec = 'stream' in codec ? codec.stream : { codec, sampleRate };
  if (ofCodec.codec.name === 'pcm')
    return { stream: ofCodec, bytesPerSample: ofCodec.codec.layout.sampleBytes * channels };
  if (ofCodec.codec.name === 'adpcm')
    return { stream: ofCodec, bytesPerSample: ofCodec.codec.layout.blockBytes / 64 };
  return { stream: ofCodec };
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

interface Description {
  readonly type: string;
  readonly channels: number;
  readonly bits: number;
  /** Flags of QuickTime's version 2: how numbers are stored. */
  readonly formatFlags: number;
  readonly child: (name: string) => Uint8Array | undefined;
}

function codecOf({ type, channels, bits, formatFlags, child }: Description): Codec | { stream: Stream } {
  const need = (name: string, least: number) => {
    const body = child(name);
    if (!body || body.length < least) throw damaged(`its \`${name}\` box is missing`);
    return body;
  };
  switch (type) {
    case 'mp4a':
      return decoderConfig(need('esds', 5));
    case 'alac':
      return { name: 'alac', config: need('alac', 24) };
    case '.mp2':
    case '.mp3':
    case 'ms\0U':
      return { name: 'mpeg' };
    case 'fLaC':
      return { stream: flacStream(need('dfLa', 42).subarray(8)) };
    case 'Opus':
      return { stream: opusStream(need('dOps', 11)) };
    case 'ima4': {
      const blockBytes = APPLE_BLOCK_BYTES * channels;
      return { name: 'adpcm', layout: { kind: 'apple', channels, blockBytes } };
    }
    case 'enca':
    case 'drms':
      throw new AudioError({
        what: 'encrypted sound cannot be decoded here; the file may well be whole',
        remedy: 'Save it without encryption by the program that has its key',
      });
    default: {
      const layout = layoutOf(type, bits, channels, formatFlags, child);
      if (layout) return { name: 'pcm', layout };
      throw new UnknownCodec(NAMES[type] ?? `"${type}" in MP4`);
    }
  }
}

const NAMES: Readonly<Record<string, string>> = {
  samr: 'AMR in MP4',
  sawb: 'AMR-WB in MP4',
  'ac-3': 'AC-3',
  'ec-3': 'E-AC-3',
  dtsc: 'DTS',
  dtse: 'DTS',
  QDM2: 'QDesign Music 2',
  Qclp: 'QCELP',
  MAC3: 'MACE 3:1',
  MAC6: 'MACE 6:1',
  agsm: 'GSM 6.10',
  'ms\0\x02': 'Microsoft ADPCM',
  'ms\0\x11': 'IMA ADPCM of WAV in MP4',
  mlpa: 'TrueHD',
};

function layoutOf(
  type: string,
  bits: number,
  channels: number,
  flags: number,
  child: Description['child'],
): PcmLayout | undefined {
  const isLittle = child('enda')?.[1] === 1;
  if (type === 'lpcm' || type === 'ipcm' || type === 'fpcm') {
    const config = child('pcmC');
    if (type !== 'lpcm' && !config) return undefined;
    const isFloat = type === 'fpcm' || (type === 'lpcm' && (flags & 1) !== 0);
    const layout: PcmLayout = {
      encoding: isFloat ? 'float' : 'signed',
      sampleBytes: Math.ceil((config ? config[5] : bits) / 8),
      isLittleEndian: config ? (config[4] & 1) !== 0 : (flags & 2) === 0,
      channels,
    };
    return isPcm(layout) ? layout : undefined;
  }
  const layout = pcmLayout(type === 'NONE' && bits === 8 ? 'raw ' : type, bits || 16, channels);
  return layout && isLittle ? { ...layout, isLittleEndian: true } : layout;
}

/** The descriptors of an esds box, or without the box's version: which codec, and its own configuration. */
export function decoderConfig(esds: Uint8Array): Codec {
  let objectType = 0;
  let config: Uint8Array | undefined;
  for (let at = esds[0] === 3 ? 0 : 4; at + 2 <= esds.length; ) {
    const tag = esds[at++];
    let length = 0;
    for (let more = true; more && at < esds.length; ) {
      more = (esds[at] & 0x80) !== 0;
      length = length * 128 + (esds[at++] & 0x7f);
    }
    if (tag === 3) at += 3;
    else if (tag === 4) {
      objectType = esds[at];
      at += 13;
    } else {
      if (tag === 5) config = esds.subarray(at, at + length);
      at += length;
    }
  }
  const [AAC, MPEG2_AAC, MP3_LATER, MP3] = [0x40, [0x66, 0x67, 0x68], 0x69, 0x6b];
  if (objectType === MP3 || objectType === MP3_LATER) return { name: 'mpeg' };
  if (objectType !== AAC && !MPEG2_AAC.includes(objectType))
    throw new UnknownCodec(OBJECT_TYPES[objectType] ?? `MPEG-4 object type ${objectType}`);
  if (!config || config.length < 2) throw damaged('its AAC configuration is missing');
  return { name: 'aac', config };
}

const OBJECT_TYPES: Readonly<Record<number, string>> = {
  165: 'AC-3',
  166: 'E-AC-3',
  169: 'DTS',
  221: 'Vorbis in MP4',
  225: 'QCELP',
};

/** The dOps box has the fields of an OpusHead, big-endian. */
function opusStream(dOps: Uint8Array): Stream {
  const view = viewOf(dOps);
  const head = new Uint8Array(8 + dOps.length);
  head.set(new TextEncoder().encode('OpusHead'));
  head.set(dOps, 8);
  const to = viewOf(head);
  head[8] = 1;
  to.setUint16(10, view.getUint16(2), true);
  to.setUint32(12, view.getUint32(4), true);
  to.setInt16(16, view.getInt16(8), true);
  return { codec: { name: 'opus', head }, sampleRate: 48_000, skip: view.getUint16(2) };
}

/** What the edit list, or iTunes' comment, leaves of a track. */
function withWindows(stream: Stream, trak: Uint8Array, moov: Uint8Array): Stream {
  const windows = editedSpans(trak, moov) ?? commentedSpan(moov, stream.sampleRate ?? 0);
  if (!windows) return stream;
  const { skip: _, ...rest } = stream; // The edit list counts what Opus would leave out, too.
  const { codec } = rest;
  return { ...rest, windows, codec: codec.name === 'aac' ? { ...codec, isPrimed: true } : codec };
}

function editedSpans(trak: Uint8Array, moov: Uint8Array): Span[] | undefined {
  const body = findBox(trak, 'edts', 'elst');
  const mvhd = findBox(moov, 'mvhd');
  const mdhd = findBox(trak, 'mdia', 'mdhd');
  if (!body || !mvhd || !mdhd) return undefined;
  const [movieScale, mediaScale] = [timescaleOf(mvhd), timescaleOf(mdhd)];
  if (movieScale === 0 || mediaScale === 0) return undefined;
  const list = new BoxReader('elst', body);
  const isLong = list.version === 1;
  const total = mediaTicks(trak) / mediaScale || Number.POSITIVE_INFINITY;
  const spans = Array.from({ length: list.count(isLong ? 20 : 12) }, () => {
    const duration = isLong ? list.uint64() : list.uint32();
    const start = (isLong ? list.int64() : list.int32()) / mediaScale;
    list.skip(4);
    // A duration is rounded down to a tick of the movie, which may be a millisecond: one of 0 leaves the end open.
    const tick = movieScale < mediaScale ? 1 : 0;
    const end = duration === 0 ? total : Math.min(total, start + (duration + tick) / movieScale);
    return { start, end };
  });
  // A start of -1 is a pause, of which nothing is heard.
  const media = spans.filter(({ start, end }) => start >= 0 && end > start);
  if (media.some(({ start }, i) => i > 0 && start < media[i - 1].end - 1e-3))
    throw new UnknownCodec('an edit list that plays parts again or out of their order');
  return media.length > 0 ? media : undefined;
}

/** How long the track's packets are together, in units of its own; 0 where fragments have them. */
function mediaTicks(trak: Uint8Array): number {
  const body = findBox(trak, 'mdia', 'minf', 'stbl', 'stts');
  if (!body) return 0;
  const times = new BoxReader('stts', body);
  let ticks = 0;
  for (let left = times.count(8); left > 0; left--) ticks += times.uint32() * times.uint32();
  return ticks;
}

/** iTunes' comment `iTunSMPB`: hexadecimal numbers, of which the second is the priming and the fourth the length. */
function commentedSpan(moov: Uint8Array, sampleRate: number): Span[] | undefined {
  const meta = findBox(moov, 'udta', 'meta');
  const list = meta && findBox(meta.subarray(4), 'ilst');
  for (const { type, body } of list ? boxesIn(list) : []) {
    const name = type === '----' ? findBox(body, 'name') : undefined;
    const value = findBox(body, 'data');
    if (!name || !value || text(name, 4, 8) !== 'iTunSMPB') continue;
    const numbers = text(value, 8, value.length).trim().split(/\s+/);
    const [priming, length] = [Number.parseInt(numbers[1], 16), Number.parseInt(numbers[3], 16)];
    if (sampleRate > 0 && priming >= 0 && length > 0)
      return [{ start: priming / sampleRate, end: (priming + length) / sampleRate }];
  }
  return undefined;
}

/** Where the packets lie, by the sample tables (section 8.7). */
function placesOf(table: Uint8Array, bytesPerSample: number | undefined): Place[] {
  const chunks = chunkOffsets(table);
  const stsz = findBox(table, 'stsz');
  const stsc = findBox(table, 'stsc');
  if (!stsz || !stsc || chunks.length === 0) return [];
  const sizes = new BoxReader('stsz', stsz);
  const size = sizes.uint32();
  const count = size > 0 ? sizes.uint32() : sizes.count(4);
  const runs = new BoxReader('stsc', stsc);
  const steps = Array.from({ length: runs.count(12) }, () => {
    const step = { first: runs.uint32(), samples: runs.uint32() };
    runs.skip(4);
    return step;
  });
  // Uncompressed, and in old QuickTime files, samples are single frames, whose size may be given as 1.
  const isRun = bytesPerSample !== undefined && (Number.isInteger(bytesPerSample) || size === 1);
  const places: Place[] = [];
  let left = count;
  for (let chunk = 0, step = 0; chunk < chunks.length && left > 0; chunk++) {
    while (step + 1 < steps.length && steps[step + 1].first <= chunk + 1) step++;
    const samples = Math.min(left, steps[step]?.samples ?? 1);
    left -= samples;
    let offset = chunks[chunk];
    // A chunk is one run of bytes then.
    if (isRun) places.push({ offset, size: samples * bytesPerSample });
    else
      for (let i = 0; i < samples; i++) {
        const place = { offset, size: size > 0 ? size : sizes.uint32() };
        places.push(place);
        offset += place.size;
      }
  }
  return places;
}

function chunkOffsets(table: Uint8Array): number[] {
  const long = findBox(table, 'co64');
  const short = findBox(table, 'stco');
  const body = long ?? short;
  if (!body) return [];
  const offsets = new BoxReader('stco', body);
  return Array.from({ length: offsets.count(long ? 8 : 4) }, () =>
    long ? offsets.uint64() : offsets.uint32(),
  );
}
