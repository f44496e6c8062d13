/** Any .tflite or .onnx model with a waveform or log-mel input as a representation, on the window grid of FRILL. */
import { basename, extname } from 'node:path';
import { frameCount, loadFrontend, ModelError } from 'frill';
import { contentName } from '../run/content-name.js';
import { type OpenModelOptions, openModelFile } from './model-file.js';
import { type Embeddings, padded, type Representation } from './representation.js';

export interface FromFileOptions extends OpenModelOptions {
  /** Frames from one window to the next, the front end's (17) by default; a larger hop is cheaper. */
  readonly hopFrames?: number | undefined;
  /** Shown in tables; the file's stem by default. */
  readonly name?: string | undefined;
}

/** Opens the model. Throws ModelError for a file that is no such model. */
export async function representationFromFile(
  path: string,
  { hopFrames: wantedHop, name = basename(path, extname(path)), ...options }: FromFileOptions = {},
): Promise<Representation> {
  if (wantedHop !== undefined && !(Number.isInteger(wantedHop) && wantedHop >= 1))
    throw new ModelError({
      what: `a hop of ${wantedHop} frames is not a positive whole number`,
      where: path,
    });
  const { bytes, model, frontend: parameters, engine, reason, close } = await openModelFile(path, options);
  const { hopLength, frames } = parameters;
  const hopFrames = wantedHop ?? parameters.frameHop;
  const frontend = await loadFrontend(parameters);
  const { window, windowSize, embeddingSize: dimension } = model;

  /** Where the windows of a clip of at least `minimumSamples` lie, in what they are cut from. */
  const windowsOf = (samples: Float32Array) => {
    const count = 1 + Math.floor((frameCount(samples.length, parameters) - frames) / hopFrames);
    if (window.kind === 'waveform') return { count, data: samples, step: hopFrames * hopLength };
    const { bands, data } = frontend.logMel(samples);
    return { count, data, step: hopFrames * bands };
  };

  const embedAll = async (clips: readonly Float32Array[]): Promise<Embeddings[]> => {
    const parts = clips.map((samples) => windowsOf(padded(samples)));
    const total = parts.reduce((sum, { count }) => sum + count, 0);
    const rows = new Float32Array(total * dimension);
    // Windows overlap: cut all at once, those of a long clip would fill the memory.
    const batch = new Float32Array(Math.min(total, model.largestBatch) * windowSize);
    let cut = 0;
    let done = 0;
    for (const { count, data, step } of parts)
      for (let index = 0; index < count; index++) {
        batch.set(data.subarray(index * step, index * step + windowSize), (cut - done) * windowSize);
        if (++cut < total && cut - done < model.largestBatch) continue;
        rows.set(await model.run(batch.subarray(0, (cut - done) * windowSize), cut - done), done * dimension);
        done = cut;
      }
    let first = 0;
    return parts.map(({ count }) => {
      const data = rows.slice(first * dimension, (first + count) * dimension);
      first += count;
      return { count, data };
    });
  };

  return {
    name,
    // Not the engine: where two can run a model, they give the same.
    identity: contentName({
      model: contentName(bytes),
      frontend: parameters,
      hopFrames,
      output: model.output,
    }),
    dimension,
    grid: 'windows',
    engine,
    engineReason: reason,
    embed: async (samples) => (await embedAll([samples]))[0],
    embedAll,
    close,
  };
}
