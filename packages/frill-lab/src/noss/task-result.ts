/** What evaluating one representation on one task gives. */
import type { Interval } from '../statistics/bootstrap.js';
import type { FewShotPoint } from './few-shot.js';
import type { HeadsResult } from './heads.js';
import type { FitReport } from './probes/probe.js';
import type { Judgements, Metric } from './score.js';

export interface CandidateScore {
  /** `LDA, Ledoit-Wolf shrinkage; L2`. */
  readonly candidate: string;
  readonly validation: number;
  readonly test: number;
  /** How the fits that were scored on test ended, one a fold; none where the probe is not fitted by iterations. */
  readonly fits: readonly FitReport[];
}

/** A score on test clips that were changed; the probe learned from clips as they are. */
export interface ConditionScore {
  /** `noise-10`. */
  readonly condition: string;
  readonly title: string;
  readonly score: number;
  readonly interval?: Interval | undefined;
  /** How much worse that is than the score without a change. */
  readonly drop: number;
  /** Interval of the drop, over the same resampled clips. */
  readonly dropInterval?: Interval | undefined;
}

export interface TaskResult {
  readonly task: string;
  readonly title: string;
  readonly metric: Metric;
  readonly classes: readonly string[];
  /** The honest score: the candidate chosen on validation, on the test clips of all folds. */
  readonly score: number;
  /** 95 % bootstrap interval, over speakers where `resampled` says so; absent where those are fewer than three. */
  readonly interval?: Interval | undefined;
  readonly resampled: 'speakers' | 'clips';
  /** The validation score of what was chosen, by which models can be chosen without a look at their test clips. */
  readonly validation: number;
  /** What was chosen; with several folds, the most frequent choice. */
  readonly chosen: string;
  readonly chosenBy: 'validation' | 'train groups' | 'train clips';
  /** The best test score of any candidate, as published. */
  readonly bestOnTest: number;
  readonly chance: number;
  /** The honest judgements by every metric, by its title; those that are no finite numbers are absent. */
  readonly byMetric: Readonly<Record<string, number>>;
  /** The same probe on test clips that were changed. */
  readonly conditions: readonly ConditionScore[];
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
  /** What the device's heads reach, where that was asked for. */
  readonly heads?: HeadsResult | undefined;
  /** What was wrong with the data, and what was done about it. */
  readonly findings: readonly string[];
}

/** Predictions that were stored, to be scored again. */
export function judgementsOf(predictions: TaskResult['predictions'], classes: number): Judgements {
  return {
    truth: Int32Array.from(predictions, ({ truth }) => truth),
    predicted: Int32Array.from(predictions, ({ predicted }) => predicted),
    probabilities: Float64Array.from(predictions.flatMap(({ probabilities }) => [...probabilities])),
    classes,
  };
}
