/**
 * Whether the quantised files are worth having: each student that was trained quantisation-aware beside its twin that was not. A file that
 * is slower and no smaller is a bad bargain, and is named.
 */
import type { LatencyReport } from '../bench/latency-report.js';
import type { StudentRow } from './analysis.js';
import { factorsOf } from './effects.js';

export interface QuantisedTwins {
  readonly pairs: number;
  /** Quotients of file sizes, quantised : float32, smallest and largest. */
  readonly sizeRatios: readonly [number, number];
  /** Slower than their twins by more than a re-run of the same model and both intervals. */
  readonly slower: readonly string[];
  /** Those of the slower ones whose file is not smaller either. */
  readonly bad: readonly string[];
}

/** Undefined where no twins were made. */
export function quantisedTwins(
  rows: readonly StudentRow[],
  latency: LatencyReport | undefined,
): QuantisedTwins | undefined {
  const keyOf = ({ student }: StudentRow) => JSON.stringify({ ...factorsOf(student.config), qat: 0 });
  const plain = new Map(
    rows
      .filter(({ student }) => student.config.quantization === 'none')
      .map((row) => [keyOf(row), row] as const),
  );
  const twins = rows.flatMap((row) => {
    const twin = row.student.config.quantization === 'aware' ? plain.get(keyOf(row)) : undefined;
    return twin ? [{ row, twin }] : [];
  });
  if (twins.length === 0) return undefined;
  const bound = 1 + (latency?.repeatability.bound ?? 0);
  const slower = twins.filter(
    ({ row, twin }) =>
      row.latencyMs > bound * twin.latencyMs && row.latencyIntervalMs[0] > twin.latencyIntervalMs[1],
  );
  const ratios = twins.map(({ row, twin }) => row.student.bytes / twin.student.bytes);
  return {
    pairs: twins.length,
    sizeRatios: [Math.min(...ratios), Math.max(...ratios)],
    slower: slower.map(({ row }) => row.student.name),
    bad: slower
      .filter(({ row, twin }) => row.student.bytes >= twin.student.bytes)
      .map(({ row }) => row.student.name),
  };
}
