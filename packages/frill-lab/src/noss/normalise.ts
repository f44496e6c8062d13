/** What the protocol does to embeddings before a probe sees them. */
import { type Matrix, matrix } from '../linear-algebra/matrix-product.js';
import { rowsByGroup } from '../statistics/groups.js';

/** One setting of the protocol's two switches. */
export interface Normalisation {
  /** Each row divided by its Euclidean norm, or left as it is. */
  readonly length: 'as-is' | 'unit';
  /** Each speaker's rows minus their mean, over their population standard deviation; after `length`. */
  readonly speaker: 'as-is' | 'z-scored';
}

/** `L2, per-speaker z`; empty for none. */
export function normalisationName({ length, speaker }: Normalisation): string {
  return [...(length === 'unit' ? ['L2'] : []), ...(speaker === 'z-scored' ? ['per-speaker z'] : [])].join(
    ', ',
  );
}

/** A normalised copy; the rows themselves where nothing is to be done. `speakers[row]` names the speaker; all of a speaker's rows count, whatever side they are on. */
export function normalise(rows: Matrix, normalisation: Normalisation, speakers: readonly string[]): Matrix {
  if (normalisation.length === 'as-is' && normalisation.speaker === 'as-is') return rows;
  const result = matrix(rows.rows, rows.columns, rows.data.slice());
  if (normalisation.length === 'unit') toUnitLength(result);
  if (normalisation.speaker === 'z-scored') zScoreBySpeaker(result, speakers);
  return result;
}

function toUnitLength({ rows, columns, data }: Matrix): void {
  for (let row = 0; row < rows; row++) {
    const values = data.subarray(row * columns, (row + 1) * columns);
    let square = 0;
    for (let i = 0; i < columns; i++) square += values[i] * values[i];
    if (square === 0) continue;
    const norm = Math.sqrt(square);
    for (let i = 0; i < columns; i++) values[i] /= norm;
  }
}

function zScoreBySpeaker({ columns, data }: Matrix, speakers: readonly string[]): void {
  for (const rows of rowsByGroup(speakers).values())
    for (let column = 0; column < columns; column++) {
      let mean = 0;
      for (const row of rows) mean += data[row * columns + column] / rows.length;
      let variance = 0;
      for (const row of rows) variance += (data[row * columns + column] - mean) ** 2 / rows.length;
      const deviation = Math.sqrt(variance) || 1;
      for (const row of rows)
        data[row * columns + column] = (data[row * columns + column] - mean) / deviation;
    }
}
