/**
 * Tells a compressed file that was cut off from a whole one, for decoders take what there is without a word. Containers
 * are rows of elements (boxes, pages, chunks) that announce their length: bytes that end within one are not all. An Ogg
 * stream also marks its last page, and a Xing or Info tag counts the bytes of an MP3.
 *
 * Sources: RFC 3533 (Ogg), RFC 8794 (EBML, of which WebM is one), ISO/IEC 14496-12 (MP4), Apple's AIFF-C and CAF
 * specifications, ID3v2.4 and LAME's description of the Xing tag. Left out: bare AAC, MP3 without such a tag, AMR and WMA
 * do not say how long they are; FLAC counts samples instead (see `flac.ts`), and WAV has a decoder of its own.
 */

export type CheckedContainer = 'ogg' | 'webm' | 'm4a' | 'aiff' | 'caf' | 'mp3';

interface Element {
  /** Bytes, the header's included; the header's alone where the content is read as elements too. */
  readonly length: number;
  /** Whether another must follow. */
  readonly isFollowed?: boolean;
}

/** Reads the header of an element; undefined where more bytes are needed, of which LONGEST_HEADER always suffice. */
type ReadElement = (bytes: DataView) => Element | undefined;

const LONGEST_HEADER = 300;

/** What says nothing of its length: all that is left belongs to it. */
const THE_REST: Element = { length: Number.POSITIVE_INFINITY };

/** Watches the bytes of a file pass by. */
export class CutOffCheck {
  readonly #read: ReadElement;
  /** Bytes that the current element still lacks. */
  #lacking = 0;
  #isFollowed = false;
  /** The beginning of a header. */
  #held = new Uint8Array();

  constructor(container: CheckedContainer) {
    this.#read = READERS[container];
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#lacking > 0) {
        const passed = Math.min(this.#lacking, bytes.length - at);
        this.#lacking -= passed;
        at += passed;
        continue;
      }
      const taken = bytes.subarray(at, at + LONGEST_HEADER - this.#held.length);
      const header = new Uint8Array(this.#held.length + taken.length);
      header.set(this.#held);
      header.set(taken, this.#held.length);
      const element = this.#read(new DataView(header.buffer));
      if (element) {
        this.#lacking = element.length - this.#held.length;
        this.#isFollowed = element.isFollowed ?? false;
        this.#held = new Uint8Array();
      } else {
        this.#held = header;
        at += taken.length;
      }
    }
  }

  /** At the end of the file: what of it is missing, as far as it says. */
  missing(): string | undefined {
    if (this.#lacking === Number.POSITIVE_INFINITY) return undefined;
    if (this.#lacking > 0) return `${this.#lacking} bytes are missing`;
    return this.#held.length > 0 || this.#isFollowed ? 'its end is missing' : undefined;
  }
}

const READERS: Readonly<Record<CheckedContainer, ReadElement>> = {
  ogg: readPage,
  webm: readEbml,
  m4a: readBox,
  aiff: readForm,
  caf: readCafChunk,
  mp3: readTag,
};

function readPage(bytes: DataView): Element | undefined {
  if (!begins(bytes, 'OggS')) return THE_REST;
  if (bytes.byteLength < 27) return undefined;
  const segments = bytes.getUint8(26);
  if (bytes.byteLength < 27 + segments) return undefined;
  let length = 27 + segments;
  for (let i = 0; i < segments; i++) length += bytes.getUint8(27 + i);
  const END_OF_STREAM = 4;
  return { length, isFollowed: (bytes.getUint8(5) & END_OF_STREAM) === 0 };
}

/** What is recorded live has segments and clusters of unknown length, but no blocks. */
function readEbml(bytes: DataView): Element | undefined {
  const idLength = Math.clz32(bytes.getUint8(0)) - 23;
  if (idLength > 4) return THE_REST;
  if (bytes.byteLength <= idLength) return undefined;
  const sizeLength = Math.clz32(bytes.getUint8(idLength)) - 23;
  if (sizeLength > 8) return THE_REST;
  const header = idLength + sizeLength;
  if (bytes.byteLength < header) return undefined;
  const bits = 7 * sizeLength;
  let size = bytes.getUint8(idLength) % 2 ** (8 - sizeLength);
  for (let i = idLength + 1; i < header; i++) size = size * 256 + bytes.getUint8(i);
  const isUnknown = size >= 2 ** bits - 1;
  return { length: isUnknown ? header : header + size };
}

function readBox(bytes: DataView): Element | undefined {
  if (bytes.byteLength < 8) return undefined;
  const size = bytes.getUint32(0);
  if (size === 1) return bytes.byteLength < 16 ? undefined : { length: Number(bytes.getBigUint64(8)) };
  return size < 8 ? THE_REST : { length: size };
}

/** One FORM is the whole file. Writers to a pipe leave 0 as its size, or sox's 0x7f000000. */
function readForm(bytes: DataView): Element | undefined {
  if (!begins(bytes, 'FORM')) return THE_REST;
  if (bytes.byteLength < 8) return undefined;
  const size = bytes.getUint32(4);
  return size === 0 || size >= 0x7f00_0000 ? THE_REST : { length: 8 + size };
}

function readCafChunk(bytes: DataView): Element | undefined {
  if (bytes.byteLength < 8) return undefined;
  if (begins(bytes, 'caff')) return { length: 8 };
  if (bytes.byteLength < 12) return undefined;
  const size = Number(bytes.getBigInt64(4));
  return size < 0 ? THE_REST : { length: 12 + size };
}

/** An ID3 tag, or the frame whose Xing or Info tag counts the bytes from itself to the end. */
function readTag(bytes: DataView): Element | undefined {
  if (begins(bytes, 'ID3')) {
    if (bytes.byteLength < 10) return undefined;
    let size = 0;
    for (let i = 6; i < 10; i++) size = size * 128 + bytes.getUint8(i);
    const HAS_FOOTER = 0x10;
    return { length: 10 + size + (bytes.getUint8(5) & HAS_FOOTER ? 10 : 0) };
  }
  if (bytes.getUint8(0) !== 0xff) return THE_REST;
  if (bytes.byteLength < 56) return undefined;
  const isVersion1 = (bytes.getUint8(1) & 0x18) === 0x18;
  const isMono = (bytes.getUint8(3) & 0xc0) === 0xc0;
  const tag = 4 + (isVersion1 ? (isMono ? 17 : 32) : isMono ? 9 : 17);
  if (!begins(bytes, 'Xing', tag) && !begins(bytes, 'Info', tag)) return THE_REST;
  const flags = bytes.getUint32(tag + 4);
  const [HAS_FRAMES, HAS_BYTES] = [1, 2];
  const counted = flags & HAS_BYTES ? bytes.getUint32(tag + 8 + (flags & HAS_FRAMES ? 4 : 0)) : 0;
  return counted === 0 ? THE_REST : { length: counted };
}

/** Whether the text stands there, as far as there are bytes. */
function begins(bytes: DataView, text: string, at = 0): boolean {
  for (let i = 0; i < text.length && at + i < bytes.byteLength; i++)
    if (bytes.getUint8(at + i) !== text.charCodeAt(i)) return false;
  return true;
}
