/** What a teacher says of windows, checked: one finite vector for each. */
import { ModelError } from 'frill-audio';
import { type Embeddings, embedAll } from '../models/representation.js';

/** What a representation must offer to be a teacher; see models/representation. */
export interface Teacher {
  readonly name: string;
  /** Equal for equal content; names the targets. */
  readonly identity: string;
  readonly dimension: number;
  /** Embeds mono 16 kHz samples; the first window's row is the target. */
  embed(samples16k: Float32Array): Promise<Embeddings>;
  embedAll?(clips: readonly Float32Array[]): Promise<Embeddings[]>;
}

/**
 * The rows of windows, in their order. `whereOf` names a window in errors. Throws ModelError when a row has another width, is
 * not finite, or is not the only one of its window.
 */
export async function valuesOf(
  teacher: Teacher,
  windows: readonly Float32Array[],
  whereOf: (window: number) => string,
): Promise<Float32Array[]> {
  const { name, dimension } = teacher;
  const embedded = await embedAll(teacher, windows);
  return embedded.map(({ count, data }, window) => {
    const fits = count === 1 && data.length === dimension;
    if (fits && data.every(Number.isFinite)) return data;
    throw new ModelError({
      what: fits
        ? 'the teacher gives values that are not finite'
        : `the teacher gives ${count} rows and ${data.length} values for one window, not 1 and ${dimension}`,
      where: `${name}, ${whereOf(window)}`,
      remedy: 'A teacher must give one finite vector a window',
    });
  });
}
