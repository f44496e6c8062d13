/** Pearson's correlation with its 95 % interval by Fisher's transformation. */

export interface Correlation {
  readonly r: number;
  readonly interval: readonly [number, number];
  readonly count: number;
}

/** Correlation over the pairs whose values are both finite; undefined for fewer than four, or where one side does not vary. */
export function correlation(x: readonly number[], y: readonly number[]): Correlation | undefined {
  const pairs = x.flatMap((value, i): [number, number][] =>
    Number.isFinite(value) && Number.isFinite(y[i]) ? [[value, y[i]]] : [],
  );
  const count = pairs.length;
  if (count < 4) return undefined;
  const centre = [0, 1].map((side) => pairs.reduce((sum, pair) => sum + pair[side], 0) / count);
  const moment = (a: 0 | 1, b: 0 | 1) =>
    pairs.reduce((sum, pair) => sum + (pair[a] - centre[a]) * (pair[b] - centre[b]), 0);
  const scale = Math.sqrt(moment(0, 0) * moment(1, 1));
  if (!(scale > 0)) return undefined;
  const r = Math.max(-1, Math.min(1, moment(0, 1) / scale));
  const reach = 1.96 / Math.sqrt(count - 3);
  return { r, interval: [Math.tanh(Math.atanh(r) - reach), Math.tanh(Math.atanh(r) + reach)], count };
}

/** Spearman's rank correlation: Pearson's of the ranks, ties sharing their mean rank. Undefined where `correlation` is. */
export function rankCorrelation(x: readonly number[], y: readonly number[]): number | undefined {
  return correlation(ranks(x), ranks(y))?.r;
}

/** 1 for the smallest; equal values get the mean of their places. */
function ranks(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  return values.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2 + 1);
}
