/** What evaluating one representation on one task gives. */
import type { FewShotPoint } from './few-shot.js';
import type { FitReport } from './probes/probe.js';
import type { Metric } from './score.js';

export interface CandidateScore {
  /** `LDA, Ledoit-Wolf shrinkage; L2`. */
  readonly candidate: string;
  readonly validation: number;
  readonly test: number;
  /** How the fits that were scored on test ended, one a fold; none where the probe is not fitted by iterations. */
  readonly fits: readonly FitReport[];
}

export interface TaskResult {
  readonly task: string;
  readonly title: string;
  readonly metric: Metric;
  readonly classes: readonly string[];
  /** The honest score: the candidate chosen on validation, on the test clips of all folds. */
  readonly score: number;
  /** 95 % bootstrap interval, over speakers where `resampled` says so. */
  readonly interval: readonly [number, number];
  readonly resampled: 'speakers' | 'clips';
  /** What was chosen; with several folds, the most frequent choice. */
  readonly chosen: string;
  readonly chosenBy: 'validation' | 'train groups' | 'train clips';
  /** The best test score of any candidate, as published. */
  readonly bestOnTest: number;
  readonly chance: number;
  /** The honest judgements by every metric, by its title; those that are no finite numbers are absent. */
  readonly byMetric: Readonly<Record<string, number>>;
  readonly candidates: readonly CandidateScore[];
  /** Rows are the truth. */
  readonly confusion: readonly (readonly number[])[];
  /** Each test clip with the class it was given, as indexes into `classes`. */
  readonly predictions: readonly {
    readonly clip: string;
    readonly speaker?: string | undefined;
    readonly truth: number;
    readonly predicted: number;
    readonly probabilities: readonly number[];
  }[];
  readonly fewShot: readonly FewShotPoint[];
  /** What was wrong with the data, and what was done about it. */
  readonly findings: readonly string[];
}
