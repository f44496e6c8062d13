/** Windows out of recordings in a sample store, as float32 in [-1, 1]. */
import { BlobReader } from '../run/blob-reader.js';
import type { BlobPlace } from '../run/blob-store.js';
import { FULL_SCALE } from './augment/sixteen-bits.js';

export class SampleReader {
  readonly #blobs = new BlobReader();
  #buffer = new Int16Array(0);

  /** Fills `into` with the samples from `start` on; all of them must be there. Throws InputError as BlobReader does. */
  read(place: Pick<BlobPlace<unknown>, 'path' | 'offset'>, start: number, into: Float32Array): void {
    if (this.#buffer.length < into.length) this.#buffer = new Int16Array(into.length);
    const whole = this.#buffer.subarray(0, into.length);
    const bytes = new Uint8Array(whole.buffer, 0, whole.byteLength);
    this.#blobs.read(place, start * Int16Array.BYTES_PER_ELEMENT, bytes);
    for (let i = 0; i < into.length; i++) into[i] = whole[i] / FULL_SCALE;
  }

  close(): void {
    this.#blobs.close();
  }
}
