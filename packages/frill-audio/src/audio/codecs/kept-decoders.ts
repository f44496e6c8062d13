/**
 * Decoders of the wasm-audio-decoders family that are used for one file after another. To start one takes longer than to decode a
 * second of speech: its WebAssembly is instantiated and its memory laid out. Between two files only the codec's own state is made
 * anew, in the same instance, so that a file decodes as in a new one.
 */

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

  /** One that is as new; whoever takes it gives it back or frees it. */
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

  giveBack(decoder: Decoder): void {
    if (this.#idle.length < MOST) this.#idle.push(decoder);
    else decoder.free();
  }
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
