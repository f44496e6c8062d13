/** Embeddings as rows: which clip, at what time, the vector. */

export interface EmbeddingRow {
  readonly clip: string;
  /** Centre of the window in seconds from the clip's start; of a mean over the clip, the mean of its windows' times. */
  readonly time: number;
  readonly embedding: Float32Array;
}

/** All rows of a file. */
export interface EmbeddingTable {
  readonly dimension: number;
  readonly clips: readonly string[];
  /** Seconds; NaN where the file does not say. */
  readonly times: readonly number[];
  /** [rows, dimension] */
  readonly data: Float32Array;
}
