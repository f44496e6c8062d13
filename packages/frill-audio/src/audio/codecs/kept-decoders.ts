/**
 * Decoders of the wasm-audio-decoders family that are used for one file after another. To start one takes longer than to decode a
 * second of speech: its WebAssembly is instantiated and its memory laid out. Between two files only the codec's own state is made
 * anew, in the same instance, so that a file decodes as in a new one.
 */
import { quietly } from './quietly.js';

/** What its classes have in common (@wasm-audio-decoders/common 9.0.7). */
export interface Library {
  readonly ready: Promise<void>;
  /** Frees the codec's state and makes it anew, by way of `_WASMAudioDecoderCommon`. */
  reset(): Promise<void>;
  free(): void;
}

/** Kept of each codec; files that are read side by side may need more, which are freed. */
const MOST = 2;

export class KeptDecoders<Decoder extends Library> {
  readonly #make: () => Promise<Decoder>;
  readonly #idle: Decoder[] = [];

  constructor(make: () => Promise<Decoder>) {
    this.#make = make;
  }

  /** One that is as new; whoever takes it gives it back. */
  async take(): Promise<Decoder> {
    const kept = this.#idle.pop();
    if (kept) {
      await kept.reset();
      return kept;
    }
    const made = await this.#make();
    await made.ready;
    keepInstance(made);
    return made;
  }

  /**
   * Kept for the next file only if all went well, as it is not known what a damaged file did to its memory, and while half of that
   * memory is free: libvorbis gives 17 kB a file and more never back.
   */
  giveBack(decoder: Decoder, wentWell: boolean): void {
    if (wentWell && this.#idle.length < MOST && hasRoom(decoder)) {
      this.#idle.push(decoder);
      return;
    }
    try {
      decoder.free();
    } catch {
      // An instance that cannot even free is dropped as it is; its memory goes with it.
    }
  }
}

/** What a decoder of the library makes of some packets. */
export interface LibraryOutput {
  readonly channelData: Float32Array[];
  readonly samplesDecoded: number;
  readonly sampleRate: number;
  readonly errors: readonly { readonly message: string }[];
}

/** Whether all that a decoder was given made sound, and nothing failed. */
export class Health {
  #hasFailed = false;
  #hasSounded = false;

  get isGood(): boolean {
    return this.#hasSounded && !this.#hasFailed;
  }

  /** Throws what the library throws, and the first error that it reports. */
  watch(decode: () => LibraryOutput): LibraryOutput {
    try {
      const output = quietly(decode);
      if (output.errors.length > 0) throw new Error(output.errors[0].message);
      if (output.samplesDecoded > 0) this.#hasSounded = true;
      return output;
    } catch (error) {
      this.#hasFailed = true;
      throw error;
    }
  }
}

/** An instance's memory, in one piece of fixed size; `malloc` gives 0 where it is used up. */
interface Memory {
  readonly HEAP: ArrayBufferLike;
  malloc(size: number): number;
  free(at: number): void;
}

function hasRoom(decoder: object): boolean {
  const memory: Memory = Reflect.get(Reflect.get(decoder, '_common'), 'wasm');
  const at = memory.malloc(memory.HEAP.byteLength / 2);
  memory.free(at);
  return at !== 0;
}

/** Lets `reset` find the instance that is there, where it would make another. */
function keepInstance(decoder: object): void {
  const instance: unknown = Reflect.get(decoder, '_common');
  class SameInstance {
    instantiate(): Promise<unknown> {
      return Promise.resolve(instance);
    }
  }
  const common: unknown = Reflect.get(decoder, '_WASMAudioDecoderCommon');
  if (typeof common === 'function') Object.setPrototypeOf(SameInstance, common);
  Reflect.set(decoder, '_WASMAudioDecoderCommon', SameInstance);
}
