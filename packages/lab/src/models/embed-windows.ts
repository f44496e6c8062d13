/** Clips through a model that takes windows, on the window grid of FRILL. */
import { type FrontendParameters, frameCount, loadFrontend, type WindowModel } from 'frill';
import { type Embeddings, padded, type Representation } from './representation.js';

/** `hopFrames` from one window to the next; the windows of several clips share the model's batches. */
export async function embedWindows(
  model: WindowModel,
  parameters: FrontendParameters,
  hopFrames: number,
): Promise<Pick<Representation, 'embed' | 'embedAll' | 'grid' | 'dimension'>> {
  const { window, windowSize, embeddingSize: dimension, largestBatch } = model;
  const frontend = await loadFrontend(parameters);

  /** Where the windows of a clip of at least `minimumSamples` lie, in what they are cut from. */
  const windowsOf = (samples: Float32Array) => {
    const frames = frameCount(samples.length, parameters);
    const count = 1 + Math.floor((frames - parameters.frames) / hopFrames);
    if (window.kind === 'waveform') return { count, data: samples, step: hopFrames * parameters.hopLength };
    const { bands, data } = frontend.logMel(samples);
    return { count, data, step: hopFrames * bands };
  };

  const embedAll = async (clips: readonly Float32Array[]): Promise<Embeddings[]> => {
    const parts = clips.map((samples) => windowsOf(padded(samples)));
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
