/** The microphone as a source: as the library opens it, unprocessed, until it is told to stop. */
import { openMicrophone as open } from 'frill-audio';
import type { Source } from './listening.js';

/** Throws AudioError where it is refused or absent. It stops when `signal` is aborted. */
export async function openMicrophone(signal: AbortSignal): Promise<Source> {
  const microphone = await open();
  signal.addEventListener('abort', () => void microphone.close(), { once: true });
  async function* pieces() {
    for await (const [first] of microphone.blocks()) yield first;
  }
  return { name: 'microphone', sampleRate: microphone.sampleRate, pieces: pieces() };
}
