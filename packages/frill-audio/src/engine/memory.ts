/** The memory that kernels work in: what has been given out stays where it is, until the model is closed. */

const PAGE = 65_536;
/** Cache lines; vectors need only 16. */
const ALIGNMENT = 64;

export class EngineMemory {
  readonly memory: WebAssembly.Memory;
  #end = ALIGNMENT;

  /** `expected` bytes will be wanted; more can be had, at the price of a copy on some hosts. */
  constructor(expected: number) {
    this.memory = new WebAssembly.Memory({ initial: Math.ceil(expected / PAGE) + 1 });
  }

  /** Address of so many bytes, all zero. */
  reserve(bytes: number): number {
    const at = this.#end;
    this.#end = Math.ceil((at + bytes) / ALIGNMENT) * ALIGNMENT;
    const missing = this.#end - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
    return at;
  }

  get buffer(): ArrayBuffer {
    return this.memory.buffer;
  }

  /** A view that the next `reserve` may detach. */
  floats(at: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, at, count);
  }
}
