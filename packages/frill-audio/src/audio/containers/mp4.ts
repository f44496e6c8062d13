/**
 * MP4, M4A, 3GP and QuickTime: packets in the order of the file's index. Where the index comes last, as most recorders
 * write it, the compressed sound is held until it is there. Fragments (`moof`), as browsers record, are followed.
 *
 * Source: ISO/IEC 14496-12.
 */
import { type ByteSource, text, viewOf, type Waiting } from '../byte-source.js';
import { damaged, missingBytes, type Part, truncated } from '../demuxer.js';
import { BoxReader, boxesIn, findBox } from './mp4-boxes.js';
import { type Mp4Track, type Place, readTrack } from './mp4-track.js';

/** Bytes that were passed before it was known what they are for. */
interface Held {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

interface BoxHeader {
  readonly type: string;
  /** Position of the box in the file. */
  readonly offset: number;
  /** Bytes after the header; may be Infinity. */
  readonly size: number;
}

export function* demuxMp4(source: ByteSource): Generator<Part | undefined, void, void> {
  /** Offsets count from here: a tag may have been put before the file. */
  const origin = source.position;
  const held: Held[] = [];
  let track: Mp4Track | undefined;
  let moov: Uint8Array | undefined;
  for (;;) {
    const box = yield* boxHeader(source, origin);
    if (!box) break;
    if (box.type === 'moov') {
      moov = yield* wholeBox(source, box);
      track = readTrack(moov);
      yield { stream: track.stream };
      if (track.places.length > 0) {
        yield* packets(source, origin, track.places, held);
        break;
      }
    } else if (box.type === 'moof' && track && moov)
      yield* packets(
        source,
        origin,
        fragmentPlaces(yield* wholeBox(source, box), box.offset, track, moov),
        held,
      );
    else if (box.type === 'mdat' && !track)
      held.push({ offset: source.position - origin, bytes: yield* wholeBox(source, box) });
    else {
      const missing = yield* source.skip(box.size);
      if (missing > 0 && Number.isFinite(missing)) throw missingBytes(missing);
    }
  }
  if (!track) throw truncated('its index is missing');
}

function* boxHeader(source: ByteSource, origin: number): Waiting<BoxHeader | undefined> {
  const offset = source.position - origin;
  const header = yield* source.take(8);
  if (header.length < 8) return undefined;
  const size = viewOf(header).getUint32(0);
  const type = text(header, 4, 4);
  if (size === 0) return { type, offset, size: Number.POSITIVE_INFINITY };
  if (size !== 1) {
    if (size < 8) throw damaged(`a box of ${size} bytes is impossible`);
    return { type, offset, size: size - 8 };
  }
  const long = yield* source.take(8);
  if (long.length < 8) throw missingBytes(8 - long.length);
  return { type, offset, size: Math.max(0, Number(viewOf(long).getBigUint64(0)) - 16) };
}

function* wholeBox(source: ByteSource, { size }: BoxHeader): Waiting<Uint8Array> {
  const body = yield* source.take(size);
  if (body.length < size && Number.isFinite(size)) throw missingBytes(size - body.length);
  return body;
}

/** The packets at these places, which need not be in order: what is passed and still needed is held. */
function* packets(
  source: ByteSource,
  origin: number,
  places: readonly Place[],
  held: Held[],
): Generator<Part | undefined, void, void> {
  /** The lowest offset that is needed at this place or later. */
  const lowest = new Float64Array(places.length + 1).fill(Number.POSITIVE_INFINITY);
  for (let i = places.length - 1; i >= 0; i--) lowest[i] = Math.min(places[i].offset, lowest[i + 1]);
  for (const [i, { offset, size }] of places.entries()) {
    if (size === 0) continue;
    const position = source.position - origin;
    if (offset < position) {
      const found = held.find(
        (one) => one.offset <= offset && offset + size <= one.offset + one.bytes.length,
      );
      if (!found) throw damaged(`its index points to byte ${offset}, where there is no sound`);
      yield { packet: found.bytes.subarray(offset - found.offset, offset - found.offset + size) };
      continue;
    }
    if (lowest[i] < offset) {
      const start = Math.max(position, lowest[i]);
      const passed = yield* source.skip(start - position);
      const bytes = yield* source.take(offset + size - start);
      if (passed > 0 || bytes.length < offset + size - start)
        throw missingBytes(offset + size - start - bytes.length + passed);
      held.push({ offset: start, bytes });
      yield { packet: bytes.subarray(offset - start) };
      continue;
    }
    const missing = yield* source.skip(offset - position);
    const packet = yield* source.take(size);
    if (packet.length < size) throw missingBytes(missing + size - packet.length);
    yield { packet };
  }
}

/** Where a movie fragment says that its packets of the track lie (sections 8.8.7 and 8.8.8). */
function fragmentPlaces(moof: Uint8Array, start: number, track: Mp4Track, moov: Uint8Array): Place[] {
  const places: Place[] = [];
  for (const { type, body } of boxesIn(moof)) {
    const tfhd = type === 'traf' ? findBox(body, 'tfhd') : undefined;
    if (!tfhd) continue;
    const header = new BoxReader('tfhd', tfhd);
    if (header.uint32() !== track.id) continue;
    const has = (flag: number) => (header.flags & flag) !== 0;
    const base = has(1) ? header.uint64() : start;
    if (has(2)) header.skip(4);
    if (has(8)) header.skip(4);
    const size = has(0x10) ? header.uint32() : defaultSize(moov, track.id);
    let offset = base;
    for (const run of boxesIn(body))
      if (run.type === 'trun') offset = readRun(run.body, base, offset, size, places);
  }
  return places;
}

/** Adds the places of a `trun` box; returns the offset after the last. */
function readRun(
  body: Uint8Array,
  base: number,
  after: number,
  defaultBytes: number,
  places: Place[],
): number {
  const run = new BoxReader('trun', body);
  const has = (flag: number) => (run.flags & flag) !== 0;
  const fields = [0x100, 0x200, 0x400, 0x800].filter(has).length;
  const count = fields > 0 ? run.count(4 * fields) : Math.min(run.uint32(), 1 << 20);
  let offset = has(1) ? base + run.int32() : after;
  if (has(4)) run.skip(4);
  for (let i = 0; i < count; i++) {
    if (has(0x100)) run.skip(4);
    const size = has(0x200) ? run.uint32() : defaultBytes;
    run.skip((has(0x400) ? 4 : 0) + (has(0x800) ? 4 : 0));
    places.push({ offset, size });
    offset += size;
  }
  return offset;
}

/** The size of a packet that a track's `trex` box gives to fragments which do not say. */
function defaultSize(moov: Uint8Array, id: number): number {
  const extends_ = findBox(moov, 'mvex');
  for (const { type, body } of extends_ ? boxesIn(extends_) : []) {
    if (type !== 'trex') continue;
    const defaults = new BoxReader('trex', body);
    if (defaults.uint32() !== id) continue;
    defaults.skip(8);
    return defaults.uint32();
  }
  return 0;
}
