/**
 * What mean and deviation of each mel band are made from, summed over windows that do not fit into memory together. Fixed windows
 * keep their statistics on disk in float64, random ones use them at once in float32: each divides for itself.
 */

/** Rows of log-mel windows [frames, bands] that can be read by number. */
export interface WindowRows {
  /** Values in a row. */
  readonly width: number;
  /** Reads the given rows, in that order, into the start of `into` [rows.length, width]. */
  read(rows: ArrayLike<number>, into: Float32Array): Promise<void>;
}

/** Sums over windows, by mel band. */
export interface BandSums {
  /** Values of each band that were summed. */
  readonly count: number;
  readonly sum: Float64Array;
  readonly squares: Float64Array;
}

/** Rows read at a time. */
const GROUP = 64;

/** Sums over at most `most` of the rows, evenly spread. */
export async function bandSums(
  features: WindowRows,
  candidates: Uint32Array,
  bands: number,
  most: number,
): Promise<BandSums> {
  const stride = Math.ceil(candidates.length / most);
  const rows = candidates.filter((_, index) => index % stride === 0);
  const sum = new Float64Array(bands);
  const squares = new Float64Array(bands);
  const buffer = new Float32Array(GROUP * features.width);
  for (let first = 0; first < rows.length; first += GROUP) {
    const group = rows.subarray(first, first + GROUP);
    await features.read(group, buffer);
    for (let i = 0; i < group.length * features.width; i++) {
      sum[i % bands] += buffer[i];
      squares[i % bands] += buffer[i] * buffer[i];
    }
  }
  return { count: (rows.length * features.width) / bands, sum, squares };
}
