/** What the page is listening to: one microphone, or files and sounds one after another; and what went wrong. */
import { signal } from '@preact/signals';
import { type Embedder, FrillError } from 'frill-audio';
import { readFile } from './files.js';
import { listen, type Source } from './listening.js';
import { openMicrophone } from './microphone.js';

/** In words, for the status line; empty when nothing is being done. */
export const doing = signal('');
export const problem = signal('');
export const isListening = signal(false);

export class Ears {
  #microphone: AbortController | undefined;

  constructor(private readonly frill: Embedder) {}

  async hearFiles(files: Iterable<File>): Promise<void> {
    for (const file of files) await this.hear(file.name, () => readFile(file));
  }

  /** To its end; a source that cannot be read is told, and the next one is heard. */
  async hear(name: string, open: () => Promise<Source>): Promise<void> {
    doing.value = `Hearing ${name}`;
    await this.#during(async () => listen(this.frill, await open()));
    doing.value = '';
  }

  /** Turns the microphone on, or off. */
  async toggleMicrophone(): Promise<void> {
    if (this.#microphone) return this.#microphone.abort();
    this.#microphone = new AbortController();
    const { signal } = this.#microphone;
    isListening.value = true;
    await this.#during(async () => listen(this.frill, await openMicrophone(signal)));
    isListening.value = false;
    this.#microphone = undefined;
  }

  async #during(work: () => Promise<unknown>): Promise<void> {
    problem.value = '';
    try {
      await work();
    } catch (error) {
      problem.value = error instanceof FrillError || error instanceof Error ? error.message : String(error);
    }
  }
}
