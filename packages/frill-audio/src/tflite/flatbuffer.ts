/**
 * Reading FlatBuffers whose writer is not trusted: every offset is checked against the file, so that a truncated or
 * foreign file ends in a `ModelError` and never in a wild read. Layout: https://flatbuffers.dev/internals.
 */
import { ModelError } from '../errors.js';
import { textOf } from './utf-8.js';

/** A FlatBuffer file: little-endian numbers by their position in bytes. Every reading throws ModelError outside the file. */
export class FlatBuffer {
  readonly #view: DataView;

  /** A file from its bytes, which are not copied. */
  constructor(
    /** Bytes of the whole file. */
    readonly bytes: Uint8Array,
    /** Name of the file in errors. */
    readonly where: string,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Identifier of the kind of file, the four characters after the root offset: `TFL3` for TensorFlow Lite. */
  get identifier(): string {
    return this.bytes.length < 8 ? '' : String.fromCharCode(...this.bytes.subarray(4, 8));
  }

  /** The table that the file begins with. */
  root(): FlatTable {
    return new FlatTable(this, this.follow(0));
  }

  /** Position that the offset at `position` points to. */
  follow(position: number): number {
    const target = position + this.uint32(position);
    this.#check(target, 4);
    return target;
  }

  /** Signed byte at a position. */
  int8(position: number): number {
    this.#check(position, 1);
    return this.#view.getInt8(position);
  }
  /** Unsigned 16-bit integer at a position. */
  uint16(position: number): number {
    this.#check(position, 2);
    return this.#view.getUint16(position, true);
  }
  /** Signed 32-bit integer at a position. */
  int32(position: number): number {
    this.#check(position, 4);
    return this.#view.getInt32(position, true);
  }
  /** Unsigned 32-bit integer at a position. */
  uint32(position: number): number {
    this.#check(position, 4);
    return this.#view.getUint32(position, true);
  }
  /** Signed 64-bit integer at a position; exact up to 2^53. */
  int64(position: number): number {
    this.#check(position, 8);
    return Number(this.#view.getBigInt64(position, true));
  }
  /** Float32 at a position. */
  float32(position: number): number {
    this.#check(position, 4);
    return this.#view.getFloat32(position, true);
  }

  /** Number of a vector's elements and the position of the first, given the position of its length; `elementSize` is in bytes. */
  vector(position: number, elementSize: number): { length: number; start: number } {
    const length = this.uint32(position);
    this.#check(position + 4, length * elementSize);
    return { length, start: position + 4 };
  }

  #check(position: number, size: number): void {
    if (position >= 0 && position + size <= this.bytes.length) return;
    throw new ModelError({
      what: `the file is damaged: something at byte ${position + size} is referred to, but the file has ${this.bytes.length}`,
      where: this.where,
      remedy: 'Copy or export the file again',
    });
  }
}

/**
 * A table of a FlatBuffer file. Fields are asked for by the slot that the schema gives them, counted from 0; a field that is absent has
 * its default value. Every reading throws ModelError where it would leave the file.
 */
export class FlatTable {
  readonly #vtable: number;
  readonly #slots: number;

  /**
   * The table at a position; `FlatBuffer.root` and `table` make one.
   *
   * @throws ModelError where no table can be there
   */
  constructor(
    /** File that the table is in. */
    readonly buffer: FlatBuffer,
    /** Position of the table in the file, in bytes. */
    readonly position: number,
  ) {
    this.#vtable = position - buffer.int32(position);
    this.#slots = (buffer.uint16(this.#vtable) - 4) / 2;
  }

  /** Position of a field in the file, in bytes; undefined where it is absent. */
  field(slot: number): number | undefined {
    if (slot >= this.#slots) return undefined;
    const offset = this.buffer.uint16(this.#vtable + 4 + 2 * slot);
    return offset === 0 ? undefined : this.position + offset;
  }

  /** Signed byte of a field. */
  int8(slot: number, absent = 0): number {
    const at = this.field(slot);
    return at === undefined ? absent : this.buffer.int8(at);
  }
  /** Signed 32-bit integer of a field. */
  int32(slot: number, absent = 0): number {
    const at = this.field(slot);
    return at === undefined ? absent : this.buffer.int32(at);
  }
  /** Unsigned 32-bit integer of a field. */
  uint32(slot: number, absent = 0): number {
    const at = this.field(slot);
    return at === undefined ? absent : this.buffer.uint32(at);
  }
  /** Float32 of a field. */
  float32(slot: number, absent = 0): number {
    const at = this.field(slot);
    return at === undefined ? absent : this.buffer.float32(at);
  }

  /** Table that a field refers to; undefined where it is absent. */
  table(slot: number): FlatTable | undefined {
    const at = this.field(slot);
    return at === undefined ? undefined : new FlatTable(this.buffer, this.buffer.follow(at));
  }

  /** Text of a field, empty where it is absent; what is no UTF-8 comes byte by byte. */
  string(slot: number): string {
    const bytes = this.bytes(slot);
    try {
      return textOf(bytes);
    } catch {
      return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
    }
  }

  /** Bytes of a field, a view into the file; empty where it is absent. */
  bytes(slot: number): Uint8Array {
    return (
      this.#elements(slot, 1, (start, length) => this.buffer.bytes.subarray(start, start + length)) ??
      new Uint8Array()
    );
  }

  /** Signed 32-bit integers of a field, none where it is absent. */
  int32s(slot: number): number[] {
    return this.#list(slot, 4, (at) => this.buffer.int32(at));
  }
  /** Signed 64-bit integers of a field, exact up to 2^53; none where it is absent. */
  int64s(slot: number): number[] {
    return this.#list(slot, 8, (at) => this.buffer.int64(at));
  }
  /** Float32 values of a field, none where it is absent. */
  float32s(slot: number): number[] {
    return this.#list(slot, 4, (at) => this.buffer.float32(at));
  }
  /** Tables of a field, none where it is absent. */
  tables(slot: number): FlatTable[] {
    return this.#list(slot, 4, (at) => new FlatTable(this.buffer, this.buffer.follow(at)));
  }

  #list<T>(slot: number, size: number, read: (position: number) => T): T[] {
    const all = (start: number, length: number) =>
      Array.from({ length }, (_, index) => read(start + index * size));
    return this.#elements(slot, size, all) ?? [];
  }

  #elements<T>(slot: number, size: number, read: (start: number, length: number) => T): T | undefined {
    const at = this.field(slot);
    if (at === undefined) return undefined;
    const { start, length } = this.buffer.vector(this.buffer.follow(at), size);
    return read(start, length);
  }
}
