/**
 * Rows drawn by weight, with replacement: how a training hears small sources, or rare kinds of sound, more often than their share.
 * A pure function of seed and step, as RowOrder is.
 */
import { Random } from '../tensor/random.js';

export class WeightedOrder {
  readonly #until: Float64Array;

  /** `weights` are of `rows`, one by one, and positive. */
  constructor(
    readonly rows: Uint32Array,
    weights: Float64Array,
    readonly seed: string,
  ) {
    if (rows.length === 0 || rows.length !== weights.length)
      throw new RangeError(`WeightedOrder: ${weights.length} weights of ${rows.length} rows`);
    let sum = 0;
    this.#until = weights.map((weight) => {
      sum += weight;
      return sum;
    });
  }

  /** Row numbers of a step (counted from 0). */
  batch(step: number, size: number): Uint32Array {
    const stream = new Random(`${this.seed}/draw/${step}`);
    const total = this.#until[this.#until.length - 1];
    return Uint32Array.from({ length: size }, () => this.rows[this.#find(stream.uniform(0, total))]);
  }

  /** The first row whose weights, with those before it, exceed a place. */
  #find(place: number): number {
    let [low, high] = [0, this.#until.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#until[middle] > place) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/**
 * Weights of rows that give each group a share proportional to its number of rows to the power 1 / temperature: 1 leaves the
 * groups as large as they are, infinity makes all equal (Arivazhagan et al., arXiv 1907.05019). Rows of a group weigh the same.
 */
export function groupWeights(groupOfRow: Uint32Array, temperature: number): Float64Array {
  const sizes = new Map<number, number>();
  for (const group of groupOfRow) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const weights = new Map([...sizes].map(([group, size]) => [group, size ** (1 / temperature - 1)]));
  return Float64Array.from(groupOfRow, (group) => weights.get(group) ?? 0);
}
