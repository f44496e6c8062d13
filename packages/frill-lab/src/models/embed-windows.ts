/** Clips through a model that takes windows, cut by the device package's cutter, several clips to a batch. */
import {
  type FrontendParameters,
  loadFrontend,
  ModelError,
  SAMPLE_RATE,
  type WindowModel,
} from 'frill-audio';
import { countWindows, logMelGrid, padded, waveformGrid, windowsOf } from 'frill-audio/internals';
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
      what: `its front end takes ${parameters.sampleRate} Hz, but clips are evaluated at ${SAMPLE_RATE} Hz`,
      where,
      remedy: 'Embed with frill embed, which resamples, and evaluate the file of embeddings',
    });
  const frontend = await loadFrontend({ ...parameters, frameHop: hopFrames });

  const shortest = window.kind === 'waveform' ? Math.max(parameters.minimumSamples, windowSize) : 0;
  const grid =
    window.kind === 'waveform'
      ? waveformGrid(frontend.parameters, windowSize)
      : logMelGrid(frontend.parameters);
  /** What a clip's windows are cut from. */
  const valuesOf = (samples: Float32Array) =>
    window.kind === 'waveform' ? padded(samples, shortest) : frontend.logMel(samples).data;

  const embedAll = async (clips: readonly Float32Array[]): Promise<Embeddings[]> => {
    const parts = clips.map((clip) => {
      const values = valuesOf(clip);
      return { values, count: countWindows(values.length, grid) };
    });
    const total = parts.reduce((sum, { count }) => sum + count, 0);
    const rows = new Float32Array(total * dimension);
    // Windows overlap: cut all at once, those of a long clip would fill the memory.
    const batch = new Float32Array(Math.min(total, largestBatch) * windowSize);
    let cut = 0;
    let done = 0;
    for (const { values } of parts)
      for (const one of windowsOf(values, grid)) {
        batch.set(one, (cut - done) * windowSize);
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
