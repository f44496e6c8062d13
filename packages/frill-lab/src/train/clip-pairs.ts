/**
 * Anchors and positives: two windows of one clip, close in time. A step takes a number of clips and from each such a pair; the
 * other clips of the batch are its negatives (Jansen et al., ICASSP 2018). All clips come once before any comes again, so a
 * batch holds each once, except where it spans the end of one round and the beginning of the next: there a clip may come twice,
 * with one label, and its pairs are not each other's negatives. Like RowOrder, a pure function of the seed and the step.
 */
import type { WindowFeatures } from '../corpus/window-features.js';
import { Random } from '../tensor/random.js';
import { RowOrder } from './batches.js';

/** Rows of the pairs of a step, anchor and positive side by side, and the clip of each. */
export interface PairBatch {
  /** [2 * clips] */
  readonly rows: Uint32Array;
  /** [2 * clips]; equal for the two of a pair. */
  readonly labels: Float32Array;
}

export class PairOrder {
  readonly #rowsOfClip: ReadonlyMap<number, readonly number[]>;
  readonly #order: RowOrder | undefined;

  /** `closeness` is the longest time between the windows of a pair, in samples; the nearest window serves where all are farther. */
  constructor(
    private readonly windows: WindowFeatures['windows'],
    rows: Uint32Array,
    private readonly seed: string,
    private readonly closeness: number,
  ) {
    const rowsOfClip = new Map<number, number[]>();
    for (const row of rows) {
      const clip = windows.clip[row];
      rowsOfClip.set(clip, [...(rowsOfClip.get(clip) ?? []), row]);
    }
    for (const [clip, { length }] of rowsOfClip) if (length < 2) rowsOfClip.delete(clip);
    this.#rowsOfClip = rowsOfClip;
    if (rowsOfClip.size > 0) this.#order = new RowOrder(Uint32Array.from(rowsOfClip.keys()), `${seed}/clips`);
  }

  /** Clips with at least two windows. */
  get clips(): number {
    return this.#rowsOfClip.size;
  }

  batch(step: number, clips: number): PairBatch {
    const chosen = this.#order?.batch(step, clips) ?? new Uint32Array(0);
    const random = new Random(`${this.seed}/pairs/${step}`);
    const rows = new Uint32Array(2 * clips);
    const labels = new Float32Array(2 * clips);
    for (const [i, clip] of chosen.entries()) {
      rows.set(this.#pair(this.#rowsOfClip.get(clip) ?? [], random), 2 * i);
      labels.fill(clip, 2 * i, 2 * i + 2);
    }
    return { rows, labels };
  }

  #pair(rows: readonly number[], random: Random): [anchor: number, positive: number] {
    const anchor = random.pick(rows);
    const distance = (row: number) => Math.abs(this.windows.start[row] - this.windows.start[anchor]);
    const others = rows.filter((row) => row !== anchor).sort((a, b) => distance(a) - distance(b));
    const close = others.filter((row) => distance(row) <= this.closeness);
    return [anchor, close.length > 0 ? random.pick(close) : others[0]];
  }
}
