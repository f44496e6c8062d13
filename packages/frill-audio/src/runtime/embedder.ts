/**
 * Sound to embeddings: resamples, cuts windows, runs the model. What the model was trained with (sample rate, front end)
 * comes out of its file; the caller only says at what rate the samples are.
 *
 * Time axis: `times` are the centres of the windows in seconds from the first sample. For FRILL a window is 0.975 s long
 * and the next begins 0.17 s later: 0.4875, 0.6575, ... A clip shorter than a second is padded with silence at its end
 * to one second and has one window.
 */

import { checkSampleRate } from '../audio/audio.js';
import { decodeWav, isFile, type WavFile } from '../audio/decode-wav.js';
import { type MicrophoneOptions, openMicrophone } from '../audio/microphone.js';
import { Resampler, resample } from '../audio/resample/resample.js';
import { monoSamples, monoSound, type Samples, type Sound, type SoundOptions } from '../audio/sound.js';
import { AudioError } from '../errors.js';
import { type Frontend, loadFrontend } from '../frontend/frontend.js';
import { FRILL_FRONTEND, type FrontendParameters } from '../frontend/parameters.js';
import { WaveformStream, type WindowStream } from '../frontend/waveform-stream.js';
import type { Windows } from '../frontend/windows.js';
import type { Model } from '../tflite/model.js';
import type { ModelMetadata } from '../tflite/model-metadata.js';
import { loadModel, type RuntimeOptions } from './model.js';
import { SMALLEST_MODEL } from './released.js';
import type { ModelSource } from './source.js';
import { WindowModel } from './window-model.js';

/** Options of `loadEmbedder`. */
export interface EmbedderOptions extends RuntimeOptions {
  /** Name of the output to use, for models with several. Default: the one called an embedding, else the widest. */
  readonly output?: string | undefined;
  /** Frames from one window to the next, a whole number above 0; larger is cheaper. Default: as the model says, 17 frames (0.17 s) for FRILL. */
  readonly frameHop?: number | undefined;
}

/** Embeddings of one clip: a vector for the whole, and one for each of its windows. */
export interface Embedding {
  /** Mean over time, [embeddingSize]: one vector for the clip. */
  readonly mean: Float32Array;
  /** Vectors of the windows, [times.length, embeddingSize], one after another. */
  readonly windows: Float32Array;
  /** Centre of each window, in seconds from the first sample. */
  readonly times: number[];
}

/** Embedding of one window of a stream. */
export interface TimedEmbedding {
  /** Centre of the window, in seconds from the stream's first sample. */
  readonly time: number;
  /** Vector of the window, [embeddingSize]. */
  readonly embedding: Float32Array;
}

/**
 * A model that turns sound into embeddings; `loadEmbedder` makes one. Source: Peplinski et al., "FRILL: A Non-Semantic Speech Embedding
 * for Mobile Devices" (2021). It also has the functions of HEAR (Turian et al., 2022).
 */
export class Embedder {
  readonly #model: Pick<Model, 'engine' | 'metadata' | 'close'>;
  readonly #windowModel: WindowModel;
  readonly #frontend: Frontend;

  /** `loadEmbedder` makes one of a model file. This is for other engines: the `windowModel` of a runner, and who closes it. */
  constructor(
    model: Pick<Model, 'engine' | 'metadata' | 'close'>,
    windowModel: WindowModel,
    frontend: Frontend,
  ) {
    this.#model = model;
    this.#windowModel = windowModel;
    this.#frontend = frontend;
  }

  /** Name of what runs the model: `frill` for the package's own engine, `litert`, ... */
  get engine(): string {
    return this.#model.engine;
  }
  /** Values in one embedding. */
  get embeddingSize(): number {
    return this.#windowModel.embeddingSize;
  }
  /** Metadata of the model file; undefined for files that Frill did not write. */
  get metadata(): ModelMetadata | undefined {
    return this.#model.metadata;
  }
  /** The numbers of the front end in use. */
  get frontend(): FrontendParameters {
    return this.#frontend.parameters;
  }
  /** Length of a window in seconds, 0.975 for FRILL; a window begins half of it before its time. */
  get windowSeconds(): number {
    return this.#windowSamples / this.sampleRate;
  }

  /**
   * Embeds a clip of any length, sample rate and number of channels, which are averaged; or a whole WAV file, as bytes or as what
   * has them: `embed(await readFile('a.wav'))`, `embed(input.files[0])`. `sampleRate` is needed where the sound does not know
   * its own.
   *
   * The clip has T = 1 + floor((F - frames) / frameHop) windows of its F frames; one shorter than a second is padded to one window.
   *
   * @throws AudioError for a file that `decodeWav` refuses, no samples, what is not samples in [-1, 1] (see `Sound`), and a missing or impossible rate
   * @throws ModelError after `close`
   */
  async embed(sound: Sound | WavFile, options: SoundOptions = {}): Promise<Embedding> {
    const given = monoSound(isFile(sound) ? await decodeWav(sound) : sound, options);
    if (given.mono.length === 0) throw noSamples();
    const mono = resample(given.mono, given.sampleRate, this.sampleRate);
    const windows: Float32Array[] = [];
    const times: number[] = [];
    for await (const { time, embedding } of this.#embedMono(this.#inFullBatches(mono))) {
      times.push(time);
      windows.push(embedding);
    }
    const flat = new Float32Array(windows.length * this.embeddingSize);
    for (const [index, window] of windows.entries()) flat.set(window, index * this.embeddingSize);
    return { mean: this.#meanOf(windows), windows: flat, times };
  }

  /**
   * Embeds samples as they come: from a microphone, a socket, or `openAudioStream` (which gives 16 kHz). Each window comes
   * out as soon as its last sample is in. Memory does not grow with the length of the stream.
   *
   * @param source blocks of samples of any length, each one channel or several
   * @throws AudioError for what is not samples in [-1, 1], a missing or impossible rate, or a stream without a single sample
   * @throws ModelError after `close`
   */
  async *embedStream(
    source: AsyncIterable<Samples> | Iterable<Samples>,
    options: { sampleRate: number },
  ): AsyncGenerator<TimedEmbedding, void, undefined> {
    // `?.` for callers without types.
    const sampleRate = options?.sampleRate;
    checkSampleRate(sampleRate, 'samples');
    if (!isStream(source))
      throw new AudioError({
        what: 'this is no stream of samples',
        where: 'samples',
        remedy:
          'Give blocks of samples one after the other: an array or generator of Float32Array, or a ReadableStream',
      });
    yield* this.#embedMono(this.#monoPieces(source, new Resampler(sampleRate, this.sampleRate)));
  }

  /** The blocks of a stream as `#embedMono` takes them; errors count samples from the start of the stream. */
  async *#monoPieces(
    source: AsyncIterable<Samples> | Iterable<Samples>,
    resampler: Resampler,
  ): AsyncGenerator<Float32Array, void> {
    let received = 0;
    for await (const samples of source) {
      const mono = monoSamples(samples, received);
      received += mono.length;
      yield resampler.push(mono);
    }
    if (received === 0) throw noSamples();
    yield resampler.finish();
  }

  /** Embeds mono samples at the model's rate. */
  async *#embedMono(
    source: AsyncIterable<Float32Array> | Iterable<Float32Array>,
  ): AsyncGenerator<TimedEmbedding, void, undefined> {
    const stream = this.#openWindows();
    let emitted = 0;
    const embedAll = async ({ count, data }: Windows) => {
      const values = await this.#windowModel.run(data, count);
      return Array.from({ length: count }, (_, index) => ({
        time: this.#timeOf(emitted++),
        embedding: values.slice(index * this.embeddingSize, (index + 1) * this.embeddingSize),
      }));
    };
    for await (const samples of source) yield* await embedAll(stream.push(samples));
    yield* await embedAll(stream.finish());
  }

  /**
   * Embeds what the microphone of a browser hears, until the loop over it is left: then the microphone is turned off. The browser's
   * echo cancellation, noise suppression and gain control are off unless asked for.
   *
   * @throws AudioError where there is no microphone or permission is refused, and when it is unplugged
   */
  async *microphone(options: MicrophoneOptions = {}): AsyncGenerator<TimedEmbedding, void, undefined> {
    const microphone = await openMicrophone(options);
    yield* this.embedStream(microphone.blocks(), microphone);
  }

  /** Frees the model's memory; safe to call twice. */
  close(): void {
    this.#model.close();
  }

  // The names of the HEAR benchmark's interface (https://hearbenchmark.com/hear-api.html).

  /** Sample rate that `sceneEmbeddings` and `timestampEmbeddings` take, in Hz. */
  get sampleRate(): number {
    return this.#frontend.parameters.sampleRate;
  }
  /** Values in one vector of `sceneEmbeddings`. */
  get sceneEmbeddingSize(): number {
    return this.embeddingSize;
  }
  /** Values in one vector of `timestampEmbeddings`. */
  get timestampEmbeddingSize(): number {
    return this.embeddingSize;
  }

  /** Embeds each sound as one vector [sceneEmbeddingSize], as HEAR asks. Sounds are mono, in [-1, 1], at `sampleRate`. Throws as `embed`. */
  async sceneEmbeddings(sounds: readonly Float32Array[]): Promise<Float32Array[]> {
    const scenes: Float32Array[] = [];
    for (const sound of sounds) scenes.push((await this.embed(sound, this)).mean);
    return scenes;
  }

  /**
   * Embeds each sound as vectors [T, timestampEmbeddingSize] with the centres of their windows in milliseconds, as HEAR asks. Sounds are
   * as for `sceneEmbeddings`. Throws as `embed`.
   */
  async timestampEmbeddings(
    sounds: readonly Float32Array[],
  ): Promise<{ embeddings: Float32Array[]; timestamps: number[][] }> {
    const embeddings: Float32Array[] = [];
    const timestamps: number[][] = [];
    for (const sound of sounds) {
      const { windows, times } = await this.embed(sound, this);
      embeddings.push(windows);
      timestamps.push(times.map((time) => time * 1000));
    }
    return { embeddings, timestamps };
  }

  get #windowSamples(): number {
    const { window } = this.#windowModel;
    const { frames, hopLength, windowLength } = this.frontend;
    return window.kind === 'waveform' ? window.samples : (frames - 1) * hopLength + windowLength;
  }

  get #hopSamples(): number {
    return this.frontend.frameHop * this.frontend.hopLength;
  }

  #timeOf(window: number): number {
    return (window * this.#hopSamples + this.#windowSamples / 2) / this.sampleRate;
  }

  #openWindows(): WindowStream {
    const { window } = this.#windowModel;
    return window.kind === 'log-mel'
      ? this.#frontend.stream()
      : new WaveformStream(this.frontend, window.samples);
  }

  /** Pieces of a clip, each of which completes as many windows as the model takes at once. */
  *#inFullBatches(samples: Float32Array): Iterable<Float32Array> {
    const batchSamples = this.#windowModel.largestBatch * this.#hopSamples;
    let start = 0;
    for (let end = this.#windowSamples - this.#hopSamples; start < samples.length; start = end) {
      end += batchSamples;
      yield samples.subarray(start, end);
    }
  }

  #meanOf(windows: readonly Float32Array[]): Float32Array {
    return Float32Array.from({ length: this.embeddingSize }, (_, i) => {
      let sum = 0;
      for (const window of windows) sum += window[i];
      return sum / windows.length;
    });
  }
}

/** Whether it gives blocks one after the other; one block alone would give numbers. */
function isStream(source: unknown): boolean {
  if (typeof source !== 'object' || source === null || ArrayBuffer.isView(source)) return false;
  return Symbol.asyncIterator in source || Symbol.iterator in source;
}

function noSamples(): AudioError {
  return new AudioError({ what: 'there are no samples', where: 'samples', remedy: 'Give at least one' });
}

/**
 * Loads a model that embeds windows of sound: FRILL's students, their audio-in form, and other .tflite files whose input
 * is such a window, e.g. YAMNet. Without a source, the smallest released model, which is in this package; `frill-m` and `frill-l`
 * come with the package `frill-models`.
 *
 * @throws ModelError for a file that cannot be loaded, or is not such a model, or has no such output; for an impossible `frameHop`
 */
export async function loadEmbedder(
  source: ModelSource = SMALLEST_MODEL,
  options: EmbedderOptions = {},
): Promise<Embedder> {
  const { output, frameHop, ...runtime } = options;
  const model = await loadModel(source, runtime);
  try {
    const parameters = model.metadata?.frontend ?? FRILL_FRONTEND;
    const asked = { ...parameters, frameHop: frameHop ?? parameters.frameHop };
    const frontend = await loadFrontend(asked, model.where);
    return new Embedder(model, new WindowModel(model, frontend.parameters, output), frontend);
  } catch (error) {
    model.close();
    throw error;
  }
}
