/**
 * Which rows a training step sees, and reading them ahead. The stream of rows is one seeded permutation after the other
 * (every row once an epoch, batches run across epoch borders), and a pure function of the step: a run resumes by
 * its step number alone.
 */
import { Random } from '../tensor/random.js';

/** Rows of a matrix on disk or in memory; `corpus/matrix-shards.ts` opens such. */
export interface RowSource {
  readonly rows: number;
  /** Values a row. */
  readonly width: number;
  /** Reads the given rows, in that order, into the start of `into` [rows.length, width]. */
  read(rows: ArrayLike<number>, into: Float32Array): Promise<void>;
}

/** The order in which the rows of a training set come. */
export class RowOrder {
  #epoch = -1;
  #permutation: Uint32Array = new Uint32Array(0);

  /** `rows` are the row numbers to draw from; `seed` names the order. */
  constructor(
    readonly rows: Uint32Array,
    readonly seed: string,
  ) {
    if (rows.length === 0) throw new RangeError('RowOrder: no rows');
  }

  /** Row numbers of a step (counted from 0). */
  batch(step: number, size: number): Uint32Array {
    const batch = new Uint32Array(size);
    for (let i = 0; i < size; i++) {
      const place = step * size + i;
      batch[i] = this.#permutationOf(Math.floor(place / this.rows.length))[place % this.rows.length];
    }
    return batch;
  }

  #permutationOf(epoch: number): Uint32Array {
    if (epoch !== this.#epoch) {
      this.#permutation = new Random(`${this.seed}/epoch/${epoch}`).shuffle(this.rows.slice());
      this.#epoch = epoch;
    }
    return this.#permutation;
  }
}

/** A batch of several aligned matrices, in the order of `sources`; valid until the next but one is asked for. */
export type Batch = readonly Float32Array[];

/**
 * Batches of steps `first` to `last` (exclusive). While one is used, the next is read: engines block the thread that
 * runs this, but reading goes on in the background.
 */
export async function* readBatches(
  sources: readonly RowSource[],
  rowsOf: (step: number) => Uint32Array,
  first: number,
  last: number,
): AsyncGenerator<Batch> {
  if (first >= last) return;
  const size = rowsOf(first).length;
  const buffers = [0, 1].map(() => sources.map(({ width }) => new Float32Array(size * width)));
  const read = (step: number) => {
    const rows = rowsOf(step);
    const into = buffers[step % 2];
    const reading = Promise.all(sources.map((source, i) => source.read(rows, into[i])));
    reading.catch(() => {}); // reported when awaited, which may be a training step later
    return reading;
  };
  let reading = read(first);
  for (let step = first; step < last; step++) {
    await reading;
    if (step + 1 < last) reading = read(step + 1);
    yield buffers[step % 2];
  }
}
