/** A task's metric, by its name in the tasks file. */
import type { TaskDeclaration } from '../corpus/tasks-file.js';
import { accuracy } from './metrics/accuracy.js';
import { macroAuc } from './metrics/auc.js';
import { balancedAccuracy } from './metrics/balanced-accuracy.js';
import { dPrime } from './metrics/d-prime.js';
import { macroEqualErrorRate } from './metrics/eer.js';

export type Metric = TaskDeclaration['metric'];

/** What a probe said about scored clips, in one order. */
export interface Judgements {
  /** Class indexes. */
  readonly truth: Int32Array;
  readonly predicted: Int32Array;
  /** [clips, classes]. */
  readonly probabilities: Float64Array;
  readonly classes: number;
}

export interface MetricDescription {
  readonly title: string;
  /** The direction of better. */
  readonly better: 'higher' | 'lower';
  score(judgements: Judgements): number;
  /** What answering without listening reaches. */
  chance(judgements: Judgements): number;
}

export const METRICS: Readonly<Record<Metric, MetricDescription>> = {
  accuracy: {
    title: 'accuracy',
    better: 'higher',
    score: ({ truth, predicted }) => accuracy(truth, predicted),
    chance: ({ truth, classes }) => {
      const counts = new Uint32Array(classes);
      for (const label of truth) counts[label]++;
      return Math.max(...counts) / truth.length;
    },
  },
  'balanced-accuracy': averageRecall('balanced accuracy'),
  uar: averageRecall('UAR'),
  eer: {
    title: 'EER',
    better: 'lower',
    score: ({ truth, probabilities, classes }) => macroEqualErrorRate(truth, probabilities, classes),
    chance: () => 0.5,
  },
  auc: {
    title: 'AUC',
    better: 'higher',
    score: ({ truth, probabilities, classes }) => macroAuc(truth, probabilities, classes),
    chance: () => 0.5,
  },
};

function averageRecall(title: string): MetricDescription {
  return {
    title,
    better: 'higher',
    score: ({ truth, predicted }) => balancedAccuracy(truth, predicted),
    chance: ({ classes }) => 1 / classes,
  };
}

/** Whether `a` is the better score. */
export function isBetter(metric: Metric, a: number, b: number): boolean {
  return METRICS[metric].better === 'higher' ? a > b : a < b;
}

/** The judgements at the given positions, which may repeat. */
export function selectJudgements(judgements: Judgements, positions: Uint32Array): Judgements {
  const { truth, predicted, probabilities, classes } = judgements;
  const chosen = new Float64Array(positions.length * classes);
  for (let place = 0, i = 0; place < positions.length; place++)
    for (let label = 0; label < classes; label++, i++)
      chosen[i] = probabilities[positions[place] * classes + label];
  return {
    truth: Int32Array.from(positions, (position) => truth[position]),
    predicted: Int32Array.from(positions, (position) => predicted[position]),
    probabilities: chosen,
    classes,
  };
}

/** One list out of several, in order. */
export function joinJudgements(parts: readonly Judgements[]): Judgements {
  return {
    truth: Int32Array.from(parts.flatMap(({ truth }) => [...truth])),
    predicted: Int32Array.from(parts.flatMap(({ predicted }) => [...predicted])),
    probabilities: Float64Array.from(parts.flatMap(({ probabilities }) => [...probabilities])),
    classes: parts[0].classes,
  };
}

/** All metrics by title, and d' of the averaged AUC; those that are no finite numbers (an AUC of 1 has no d') are left out. */
export function byEveryMetric(judgements: Judgements): Record<string, number> {
  const scores = Object.values(METRICS).map(({ title, score }): [string, number] => [
    title,
    score(judgements),
  ]);
  const all: [string, number][] = [...scores, ["d'", dPrime(METRICS.auc.score(judgements))]];
  return Object.fromEntries(all.filter(([, score]) => Number.isFinite(score)));
}
