/**
 * What turns speech into vectors: a model file, or a baseline computed from the spectrogram. Teachers, students and
 * everything that NOSS judges meet this one interface.
 *
 * The time axis is that of the model's front end. FRILL's window k covers samples 17*160*k .. 17*160*k + 15,600 of the 16 kHz
 * signal, and a clip under 16,000 samples is padded with zeros at its end. A model that takes samples says how long its windows
 * are; they begin at the same places.
 */
import type { RunningEngine } from './engines.js';

/** Embeddings of one clip: `data` holds `count` rows of the representation's `dimension`. */
export interface Embeddings {
  readonly count: number;
  readonly data: Float32Array;
}

export interface Representation {
  /** Name in tables and plots: the file's stem, or the baseline's name. */
  readonly name: string;
  /** Equal for equal content: model bytes, front end and options. Caches are keyed by it. */
  readonly identity: string;
  /** Values in one embedding. */
  readonly dimension: number;
  /** Embeds mono 16 kHz samples in [-1, 1]: one row a window of the grid, or one row where `grid` is `clip`. */
  embed(samples16k: Float32Array): Promise<Embeddings>;
  /**
   * The same for many clips at once, where windows of several clips can share a run of the model: short clips alone would
   * leave large batches empty. Equal to `embed` of each, up to float32 rounding.
   */
  embedAll?(clips: readonly Float32Array[]): Promise<Embeddings[]>;
  readonly grid: 'windows' | 'clip';
  /** What runs the network; absent for baselines, which have none. */
  readonly engine?: RunningEngine;
  /** Why not the engine that comes first, where there was a choice. */
  readonly engineReason?: string | undefined;
  close(): void;
}

/** Embeds clips together where the representation can, one by one where it cannot. In the order of `clips`. */
export async function embedAll(
  representation: Pick<Representation, 'embed' | 'embedAll'>,
  clips: readonly Float32Array[],
): Promise<Embeddings[]> {
  if (representation.embedAll) return representation.embedAll(clips);
  const embedded: Embeddings[] = [];
  for (const clip of clips) embedded.push(await representation.embed(clip));
  return embedded;
}
