/**
 * float32 parameters in a file that PyTorch before 1.6 saved: three pickles of what the writer was, one of the object with places
 * where numbers go, one of the names of the storages, then each storage's length (int64) and numbers. The pickle is interpreted, never
 * run: an object of a class that is not known becomes nothing, so that no file can do anything. Opcodes are those of Python's
 * pickletools.py, protocol 2.
 */
import { InputError } from 'frill-audio';
import { sizeOf, type Weights } from './tensor.js';

/** What a pickle holds, as far as parameters are concerned. */
type Pickled =
  | null
  | boolean
  | number
  | string
  | Pickled[]
  | Map<Pickled, Pickled>
  | StoredTensor
  | StorageName;

class StorageName {
  constructor(readonly key: string) {}
}

class StoredTensor {
  constructor(
    readonly storage: string,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

/** The tensors of the dictionary under `key`. Throws InputError for bytes that are no such file. */
export function decodeTorchCheckpoint(bytes: Uint8Array, key: string, where: string): Weights {
  try {
    const reader = new PickleReader(bytes);
    for (let header = 0; header < 3; header++) reader.read();
    const content = reader.read();
    const names = reader.read();
    if (!(content instanceof Map) || !Array.isArray(names)) throw new Error('another layout');
    const state = content.get(key);
    if (!(state instanceof Map)) throw new Error(`nothing under '${key}'`);
    const storages = new Map<string, Float32Array>();
    let at = reader.position;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const name of names) {
      const length = Number(view.getBigInt64(at, true));
      // A copy: storages may lie unaligned in the file.
      const numbers = new Uint8Array(bytes.subarray(at + 8, at + 8 + 4 * length)).buffer;
      storages.set(String(name), new Float32Array(numbers));
      at += 8 + 4 * length;
    }
    const weights: Weights = new Map();
    for (const [name, value] of state)
      if (value instanceof StoredTensor && typeof name === 'string')
        weights.set(name, { shape: value.shape, data: numbersOf(value, storages) });
    return weights;
  } catch (cause) {
    throw new InputError({
      what: `not a checkpoint of PyTorch's older format with parameters under '${key}'`,
      where,
      remedy: 'Give the file as its package has it, copied whole',
      cause,
    });
  }
}

function numbersOf({ storage, offset, shape, strides }: StoredTensor, storages: Map<string, Float32Array>) {
  const numbers = storages.get(storage);
  const size = sizeOf(shape);
  const dense = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  if (!numbers || numbers.length < offset + size) throw new Error(`storage ${storage} is too short`);
  if (strides.join() !== dense.join()) throw new Error('a tensor that is a view of another');
  return numbers.slice(offset, offset + size);
}

/** One pickle after another; a stack machine. */
class PickleReader {
  position = 0;
  readonly #view: DataView;
  readonly #stack: Pickled[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, Pickled>();

  constructor(readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(): Pickled {
    this.#memo.clear();
    for (;;) {
      const opcode = String.fromCharCode(this.#byte());
      if (opcode === '.') return this.#pop();
      const pushed = this.#step(opcode);
      if (pushed !== undefined) this.#stack.push(pushed);
    }
  }

  /** Does what an opcode says; what it pushes. */
  #step(opcode: string): Pickled | undefined {
    switch (opcode) {
      case '\x80': // PROTO
        this.#byte();
        return undefined;
      case 'N':
        return null;
      case '\x88': // NEWTRUE
        return true;
      case '\x89': // NEWFALSE
        return false;
      case 'K':
        return this.#byte();
      case 'M':
        return this.#unsigned(2);
      case 'J':
        this.position += 4;
        return this.#view.getInt32(this.position - 4, true);
      case '\x8a': // LONG1
        return this.#long(this.#byte());
      case 'G':
        this.position += 8;
        return this.#view.getFloat64(this.position - 8);
      case 'X':
        return this.#text(this.#unsigned(4));
      case 'c': // GLOBAL: module and name, each to the end of a line
        return `${this.#line()}.${this.#line()}`;
      case '(':
        this.#marks.push(this.#stack.length);
        return undefined;
      case ')':
      case ']':
        return [];
      case '}':
        return new Map();
      case '\x85': // TUPLE1 to TUPLE3
      case '\x86':
      case '\x87':
        return this.#stack.splice(-(opcode.charCodeAt(0) - 0x84));
      case 't':
        return this.#marked();
      case 'q':
        this.#memo.set(this.#byte(), this.#stack[this.#stack.length - 1]);
        return undefined;
      case 'r':
        this.#memo.set(this.#unsigned(4), this.#stack[this.#stack.length - 1]);
        return undefined;
      case 'h':
        return this.#memo.get(this.#byte()) ?? null;
      case 'j':
        return this.#memo.get(this.#unsigned(4)) ?? null;
      case 'a':
      case 'e': {
        const items = opcode === 'a' ? [this.#pop()] : this.#marked();
        const list = this.#stack[this.#stack.length - 1];
        if (Array.isArray(list)) list.push(...items);
        return undefined;
      }
      case 's':
      case 'u': {
        const items = opcode === 's' ? this.#stack.splice(-2) : this.#marked();
        const map = this.#stack[this.#stack.length - 1];
        if (map instanceof Map) for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
        return undefined;
      }
      case 'Q': {
        // BINPERSID: ('storage', type, key, place, length, view)
        const id = this.#pop();
        if (!Array.isArray(id)) throw new Error('a storage without a name');
        return new StorageName(String(id[2]));
      }
      case 'R': {
        const values = this.#pop();
        return made(this.#pop(), values);
      }
      case 'b': // BUILD: the state of an object that is not wanted
        this.#pop();
        return undefined;
      default:
        throw new Error(`opcode ${opcode.charCodeAt(0)}`);
    }
  }

  #pop(): Pickled {
    const value = this.#stack.pop();
    if (value === undefined) throw new Error('the stack is empty');
    return value;
  }

  #marked(): Pickled[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw new Error('there is no mark');
    return this.#stack.splice(mark);
  }

  #byte(): number {
    return this.#view.getUint8(this.position++);
  }

  #unsigned(size: 2 | 4): number {
    this.position += size;
    const at = this.position - size;
    return size === 2 ? this.#view.getUint16(at, true) : this.#view.getUint32(at, true);
  }

  /** Little endian, in two's complement. Lengths and places are small enough for a double. */
  #long(size: number): number {
    let value = 0n;
    for (let i = 0; i < size; i++) value |= BigInt(this.#byte()) << BigInt(8 * i);
    return Number(BigInt.asIntN(8 * size, value));
  }

  #text(length: number): string {
    this.position += length;
    if (this.position > this.bytes.length) throw new Error('the file ends early');
    return new TextDecoder().decode(this.bytes.subarray(this.position - length, this.position));
  }

  #line(): string {
    const end = this.bytes.indexOf(10, this.position);
    if (end < 0) throw new Error('the file ends early');
    const line = this.#text(end - this.position);
    this.position++;
    return line;
  }
}

/** What a call in a pickle makes: a dictionary or a tensor; other calls make nothing. */
function made(what: Pickled, values: Pickled): Pickled {
  if (what === 'collections.OrderedDict') return new Map();
  if (what !== 'torch._utils._rebuild_tensor_v2' || !Array.isArray(values)) return null;
  const [storage, offset, shape, strides] = values;
  const numbers = (list: Pickled) => (Array.isArray(list) ? list.map(Number) : []);
  return storage instanceof StorageName
    ? new StoredTensor(storage.key, Number(offset), numbers(shape), numbers(strides))
    : null;
}
