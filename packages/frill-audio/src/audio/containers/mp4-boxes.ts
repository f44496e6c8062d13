/** The boxes of an MP4 file's index: what is in them, as plain data. Source: ISO/IEC 14496-12. */
import { text, viewOf } from '../byte-source.js';
import { damaged } from '../demuxer.js';

export interface Box {
  readonly type: string;
  /** Without the header. */
  readonly body: Uint8Array;
}

/** The boxes that lie in these bytes one after the other; what does not fit in them ends the list. */
export function boxesIn(bytes: Uint8Array): Box[] {
  const view = viewOf(bytes);
  const boxes: Box[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    let size = view.getUint32(at);
    let header = 8;
    if (size === 1 && at + 16 <= bytes.length) {
      size = Number(view.getBigUint64(at + 8));
      header = 16;
    } else if (size === 0) size = bytes.length - at;
    if (size < header || at + size > bytes.length) break;
    boxes.push({ type: text(bytes, at + 4, 4), body: bytes.subarray(at + header, at + size) });
    at += size;
  }
  return boxes;
}

/** The first box that lies under these names. */
export function findBox(bytes: Uint8Array, ...path: readonly string[]): Uint8Array | undefined {
  let within: Uint8Array | undefined = bytes;
  for (const type of path) {
    within = boxesIn(within).find((box) => box.type === type)?.body;
    if (!within) return undefined;
  }
  return within;
}

/** Reads numbers of a box, of which too few make it damaged. */
export class BoxReader {
  readonly #view: DataView;
  readonly #type: string;
  #at: number;

  constructor(type: string, body: Uint8Array, at = 4) {
    this.#view = viewOf(body);
    this.#type = type;
    this.#at = at;
  }

  get version(): number {
    return this.#view.getUint8(this.#check(0, 4));
  }

  get flags(): number {
    return this.#view.getUint32(this.#check(0, 4)) & 0xff_ffff;
  }

  uint32(): number {
    return this.#view.getUint32(this.#next(4));
  }

  int32(): number {
    return this.#view.getInt32(this.#next(4));
  }

  uint64(): number {
    return Number(this.#view.getBigUint64(this.#next(8)));
  }

  int64(): number {
    return Number(this.#view.getBigInt64(this.#next(8)));
  }

  skip(bytes: number): void {
    this.#next(bytes);
  }

  /** How many entries the box has, each of so many bytes; more than fit are damage. */
  count(entryBytes: number): number {
    const count = this.uint32();
    if (this.#at + count * entryBytes > this.#view.byteLength)
      throw damaged(`its \`${this.#type}\` box is too short`);
    return count;
  }

  #next(bytes: number): number {
    const at = this.#check(this.#at, bytes);
    this.#at += bytes;
    return at;
  }

  #check(at: number, bytes: number): number {
    if (at + bytes > this.#view.byteLength) throw damaged(`its \`${this.#type}\` box is too short`);
    return at;
  }
}
