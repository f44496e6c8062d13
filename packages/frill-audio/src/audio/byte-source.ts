/**
 * The bytes of a file as they arrive, for parsers that are written as if all of them were there. Such a parser is a
 * generator: where it needs bytes that have not come yet it yields `undefined`, and goes on once more have been added.
 * One parser so serves whole files and streams, and no way of cutting a file into pieces changes what it finds.
 */

/** A step of a parser that may have to wait for bytes. */
export type Waiting<T> = Generator<undefined, T, void>;

export class ByteSource {
  #held: Uint8Array = new Uint8Array(0);
  #at = 0;
  #position = 0;
  #hasEnded = false;

  /** Takes the next piece of the file; it must not be changed until the parser has run. */
  add(bytes: Uint8Array): void {
    const left = this.#held.subarray(this.#at);
    if (left.length === 0) this.#held = bytes;
    else {
      this.#held = new Uint8Array(left.length + bytes.length);
      this.#held.set(left);
      this.#held.set(bytes, left.length);
    }
    this.#at = 0;
  }

  /** No more bytes will come. */
  end(): void {
    this.#hasEnded = true;
  }

  /** Bytes of the file before the next one. */
  get position(): number {
    return this.#position;
  }

  /** The next bytes, which stay; fewer only at the end of the file. */
  *peek(length: number): Waiting<Uint8Array> {
    while (this.#held.length - this.#at < length && !this.#hasEnded) yield undefined;
    return this.#held.subarray(this.#at, this.#at + length);
  }

  /** The next bytes; fewer only at the end of the file. */
  *take(length: number): Waiting<Uint8Array> {
    const bytes = yield* this.peek(length);
    this.#pass(bytes.length);
    return bytes;
  }

  /** The next bytes that are there, at least one and at most `most`; none only at the end of the file. */
  *takeSome(most: number): Waiting<Uint8Array> {
    yield* this.peek(1);
    const bytes = this.#held.subarray(this.#at, this.#at + most);
    this.#pass(bytes.length);
    return bytes;
  }

  /** Bytes of as many whole units as are there, at least one, in about 16 KiB at most; fewer bytes than a unit only at the end. */
  *takeUnits(unit: number, most: number): Waiting<Uint8Array> {
    yield* this.peek(Math.min(unit, most));
    const there = Math.min(this.#held.length - this.#at, most, Math.max(unit, 1 << 14));
    return yield* this.take(there < unit ? there : there - (there % unit));
  }

  /** Passes over bytes without holding them. Returns how many of them the file lacks. */
  *skip(length: number): Waiting<number> {
    let left = length;
    while (left > 0) {
      const passed = (yield* this.takeSome(left)).length;
      if (passed === 0) break;
      left -= passed;
    }
    return left;
  }

  #pass(length: number): void {
    this.#at += length;
    this.#position += length;
  }
}

/** A view of the same bytes, to read numbers from. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Bytes as characters, one each (ISO 8859-1), for the names in headers; shorter where the bytes end. */
export function text(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
