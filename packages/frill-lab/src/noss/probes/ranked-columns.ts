/**
 * Features replaced by the ranks of their values, column after column: a decision tree asks of a feature only for the order
 * of its values, and small integers sort faster than numbers. In shared memory, so that threads grow trees on one copy.
 */
import type { Matrix } from '../../linear-algebra/matrix-product.js';

export interface RankedColumns {
  readonly rows: number;
  readonly columns: number;
  /** [columns, rows]; equal values have equal ranks. */
  readonly ranks: Uint16Array | Uint32Array;
  /** Value of each rank in float32, as scikit-learn compares them: [columns, rows], of which the first are used. */
  readonly values: Float32Array;
}

/** Float32 bits are sorted in three digits of so many bits. */
const DIGIT_BITS = 11;
const DIGITS = 2 ** DIGIT_BITS;

export function rankColumns({ rows, columns, data }: Matrix): RankedColumns {
  const size = rows * columns;
  const ranks =
    rows <= 2 ** 16
      ? new Uint16Array(new SharedArrayBuffer(2 * size))
      : new Uint32Array(new SharedArrayBuffer(4 * size));
  const values = new Float32Array(new SharedArrayBuffer(4 * size));
  const own = new Float32Array(rows);
  const sorter = new ColumnSorter(rows);
  for (let column = 0; column < columns; column++) {
    for (let row = 0, i = column; row < rows; row++, i += columns) own[row] = data[i];
    const order = sorter.sort(own);
    const start = column * rows;
    let rank = 0;
    for (let i = 0; i < rows; i++) {
      const row = order[i];
      if (i > 0 && own[row] !== own[order[i - 1]]) rank++;
      ranks[start + row] = rank;
      values[start + rank] = own[row];
    }
  }
  return { rows, columns, ranks, values };
}

/** Radix sort of float32 values; its work arrays are allocated once. */
class ColumnSorter {
  readonly #keys: Uint32Array;
  readonly #counts = new Uint32Array(DIGITS + 1);
  #from: Uint32Array;
  #to: Uint32Array;

  constructor(rows: number) {
    this.#keys = new Uint32Array(rows);
    this.#from = new Uint32Array(rows);
    this.#to = new Uint32Array(rows);
  }

  /** Positions by increasing value, valid until the next call. */
  sort(values: Float32Array): Uint32Array {
    const [keys, counts] = [this.#keys, this.#counts];
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    // Ordered as integers: all bits of negative numbers turned, the sign of the others. -0 counts as 0.
    for (let i = 0; i < keys.length; i++) {
      const own = bits[i] === 0x8000_0000 ? 0 : bits[i];
      keys[i] = own & 0x8000_0000 ? ~own : own | 0x8000_0000;
      this.#from[i] = i;
    }
    for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
      const [from, to] = [this.#from, this.#to];
      counts.fill(0);
      for (let i = 0; i < keys.length; i++) counts[((keys[i] >>> shift) & (DIGITS - 1)) + 1]++;
      for (let digit = 0; digit < DIGITS; digit++) counts[digit + 1] += counts[digit];
      for (let i = 0; i < keys.length; i++) to[counts[(keys[from[i]] >>> shift) & (DIGITS - 1)]++] = from[i];
      [this.#from, this.#to] = [to, from];
    }
    return this.#from;
  }
}
