/** Files as sources. The decoder of compressed formats is loaded when the first such file comes. */
import { toMono } from 'frill-audio';
import type { Source } from './listening.js';

/** Reads a file of any supported format. Throws AudioError where it is none. */
export async function readFile(file: File): Promise<Source> {
  const { decodeAudio } = await import('frill-audio/decode');
  const audio = await decodeAudio(new Uint8Array(await file.arrayBuffer()), file.name);
  const mono = toMono(audio);
  return { name: file.name, sampleRate: audio.sampleRate, pieces: inSeconds(mono, audio.sampleRate) };
}

/** Second by second, with a pause for the page to draw. */
async function* inSeconds(samples: Float32Array, sampleRate: number): AsyncGenerator<Float32Array> {
  for (let start = 0; start < samples.length; start += sampleRate) {
    yield samples.subarray(start, start + sampleRate);
    await new Promise((resolve) => setTimeout(resolve));
  }
}
