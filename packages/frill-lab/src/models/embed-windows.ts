/** Clips through a model that takes windows, cut as the device package's `Embedder` cuts them. */
import {
  type FrontendParameters,
  loadFrontend,
  ModelError,
  SAMPLE_RATE,
  type WindowModel,
  windowCount,
} from 'frill-audio';
import type { Embeddings, Representation } from './representation.js';

/**
 * `hopFrames` from one window to the next; the windows of several clips share the model's batches. Throws ModelError for a
 * front end of another rate than 16 kHz; `where` names the model.
 */
export async function embedWindows(
  model: WindowModel,
  parameters: FrontendParameters,
  hopFrames: number,
  where: string,
): Promise<Pick<Representation, 'embed' | 'embedAll' | 'grid' | 'dimension'>> {
  const { window, windowSize, embeddingSize: dimension, largestBatch } = model;
  if (parameters.sampleRate !== SAMPLE_RATE)
    throw new ModelError({
      what: `its front end takes ${parameters.sampleRate} Hz, and clips are judged at ${SAMPLE_RATE} Hz`,
      where,
      remedy: 'Embed with frill embed, which resamples, and evaluate the file of embeddings',
    });
  const frontend = await loadFrontend({ ...parameters, frameHop: hopFrames });

  /** How many windows a clip has, and how far apart they lie in what they are cut from. */
  const windowsOf = (samples: Float32Array) => {
    if (window.kind === 'waveform') {
      const step = hopFrames * parameters.hopLength;
      const data = padded(samples, Math.max(parameters.minimumSamples, windowSize));
      return { count: 1 + Math.floor((data.length - windowSize) / step), data, step };
    }
    const { frames, bands, data } = frontend.logMel(samples);
    return { count: windowCount(frames, frontend.parameters), data, step: hopFrames * bands };
  };

  const embedAll = async (clips: readonly Float32Array[]): Promise<Embeddings[]> => {
    const parts = clips.map(windowsOf);
    const total = parts.reduce((sum, { count }) => sum + count, 0);
    const rows = new Float32Array(total * dimension);
    // Windows overlap: cut all at once, those of a long clip would fill the memory.
    const batch = new Float32Array(Math.min(total, largestBatch) * windowSize);
    let cut = 0;
    let done = 0;
    for (const { count, data, step } of parts)
      for (let index = 0; index < count; index++) {
        batch.set(data.subarray(index * step, index * step + windowSize), (cut - done) * windowSize);
        if (++cut < total && cut - done < largestBatch) continue;
        const filled = cut - done;
        rows.set(await model.run(batch.subarray(0, filled * windowSize), filled), done * dimension);
        done = cut;
      }
    let first = 0;
    return parts.map(({ count }) => {
      const data = rows.slice(first * dimension, (first + count) * dimension);
      first += count;
      return { count, data };
    });
  };
  return { dimension, grid: 'windows', embed: async (samples) => (await embedAll([samples]))[0], embedAll };
}

/** The clip with zeros at its end up to `shortest` samples. */
function padded(samples: Float32Array, shortest: number): Float32Array {
  if (samples.length >= shortest) return samples;
  const longer = new Float32Array(shortest);
  longer.set(samples);
  return longer;
}
