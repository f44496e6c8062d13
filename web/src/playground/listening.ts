/**
 * From sound to windows heard. Samples of any rate come in, from the microphone or a file; windows with their embeddings
 * and the log-mel frames to draw come out. Everything happens in this page.
 */
import { type Embedder, Resampler, SAMPLE_RATE } from 'frill-audio';
import { hear } from './heard.js';
import { showFrames } from './log-mel.js';

/** One piece of a source, mono, at the source's rate. */
export type Pieces = AsyncIterable<Float32Array> | Iterable<Float32Array>;

export interface Source {
  readonly name: string;
  readonly sampleRate: number;
  readonly pieces: Pieces;
}

/** Embeds a source to its end, or until its pieces stop coming. Resolves to the number of windows. */
export async function listen(frill: Embedder, { name, sampleRate, pieces }: Source): Promise<number> {
  const windowSamples = Math.round(frill.windowSeconds * SAMPLE_RATE);
  const recent = new RecentSamples();
  const resampled = async function* () {
    const resampler = new Resampler(sampleRate, SAMPLE_RATE);
    for await (const piece of pieces) {
      const samples = resampler.push(piece).slice();
      recent.push(samples);
      void showFrames(samples);
      yield samples;
    }
    const rest = resampler.finish().slice();
    recent.push(rest);
    void showFrames(rest);
    yield rest;
  };
  let count = 0;
  for await (const { time, embedding } of frill.embedStream(resampled(), { sampleRate: SAMPLE_RATE })) {
    const start = Math.round((time - frill.windowSeconds / 2) * SAMPLE_RATE);
    hear([{ source: name, time, embedding, samples: recent.cut(start, windowSamples) }]);
    count++;
  }
  return count;
}

/** The last seconds of a stream, by their place in it. */
class RecentSamples {
  #kept = new Float32Array(0);
  #start = 0;

  push(samples: Float32Array): void {
    const joined = new Float32Array(this.#kept.length + samples.length);
    joined.set(this.#kept);
    joined.set(samples, this.#kept.length);
    const extra = Math.max(0, joined.length - 30 * SAMPLE_RATE);
    this.#kept = joined.subarray(extra);
    this.#start += extra;
  }

  /** Silence where the stream has no sound. */
  cut(start: number, length: number): Float32Array {
    const out = new Float32Array(length);
    const from = Math.max(start, this.#start);
    const there = this.#kept.subarray(from - this.#start, start + length - this.#start);
    out.set(there, from - start);
    return out;
  }
}
