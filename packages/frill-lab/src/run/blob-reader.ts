/**
 * Pieces of blobs, read synchronously: a thread that prepares windows has nothing else to do meanwhile, and what it reads is
 * mostly in the system's cache. Files stay open.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { InputError } from 'frill-audio';
import type { BlobPlace } from './blob-store.js';

export class BlobReader {
  readonly #files = new Map<string, number>();

  /** Fills `into` from byte `from` of a blob on. Throws InputError where the file has become shorter than its index says. */
  read({ path, offset }: Pick<BlobPlace<unknown>, 'path' | 'offset'>, from: number, into: Uint8Array): void {
    let file = this.#files.get(path);
    if (file === undefined) {
      file = openSync(path, 'r');
      this.#files.set(path, file);
    }
    for (let done = 0; done < into.length; ) {
      const read = readSync(file, into, done, into.length - done, offset + from + done);
      if (read === 0)
        throw new InputError({
          what: 'the file has been cut short since it was written',
          where: path,
          remedy: 'Remove its folder, and run the same command again',
        });
      done += read;
    }
  }

  close(): void {
    for (const file of this.#files.values()) closeSync(file);
    this.#files.clear();
  }
}
