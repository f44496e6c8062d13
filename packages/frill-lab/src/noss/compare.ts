/**
 * Which differences between two representations are real: both are scored on the same resampled test clips (paired bootstrap,
 * Efron & Tibshirani, 1993), by speaker where there are speakers. Over several tasks the p-values are corrected by Holm's
 * method (1979), so that twenty tasks do not find one difference by luck.
 */
import { InputError } from 'frill-audio';
import { FEWEST_GROUPS, type Interval, percentileInterval, resamples } from '../statistics/bootstrap.js';
import type { RepresentationResult } from './results-file.js';
import { METRICS, selectJudgements } from './score.js';
import { judgementsOf, type TaskResult } from './task-result.js';

export interface TaskComparison {
  readonly task: string;
  readonly title: string;
  readonly metric: string;
  readonly a: number;
  readonly b: number;
  /** b - a in the metric's own direction. */
  readonly difference: number;
  /** Interval of the difference; absent where there are too few speakers to tell. */
  readonly interval?: Interval | undefined;
  /** Two-sided p value, corrected over the tasks; 1 where there are too few speakers to tell. */
  readonly p: number;
  readonly verdict: 'a is better' | 'b is better' | 'no difference shown' | 'too few speakers to tell';
  readonly clips: number;
}

/** Tasks that both have, on the test clips that both have. Throws InputError when there is none. */
export function compare(a: RepresentationResult, b: RepresentationResult, count = 10_000): TaskComparison[] {
  const pairs = a.tasks.flatMap((first) => {
    const second = b.tasks.find(({ task }) => task === first.task);
    return second ? [{ first, second }] : [];
  });
  const compared = pairs.flatMap(({ first, second }) => compareTask(first, second, count) ?? []);
  if (compared.length === 0)
    throw new InputError({
      what: 'they share no task with the same classes and test clips',
      where: `${a.name} and ${b.name}`,
      remedy: 'Evaluate both on one tasks file',
    });
  const corrected = holm(compared.map(({ p }) => p));
  return compared.map((result, index) => {
    const p = corrected[index];
    const bIsBetter =
      result.difference > 0 === (METRICS[result.metric as keyof typeof METRICS].better === 'higher');
    if (result.interval === undefined) return result;
    return {
      ...result,
      p,
      verdict: p >= 0.05 ? 'no difference shown' : bIsBetter ? 'b is better' : 'a is better',
    };
  });
}

function compareTask(a: TaskResult, b: TaskResult, count: number): TaskComparison | undefined {
  const places = new Map(b.predictions.map(({ clip }, place) => [clip, place]));
  const shared = a.predictions.flatMap((prediction) => {
    const place = places.get(prediction.clip);
    return place === undefined ? [] : [{ first: prediction, second: b.predictions[place] }];
  });
  if (shared.length === 0 || a.metric !== b.metric || a.classes.join() !== b.classes.join()) return undefined;
  const first = judgementsOf(
    shared.map((pair) => pair.first),
    a.classes.length,
  );
  const second = judgementsOf(
    shared.map((pair) => pair.second),
    a.classes.length,
  );
  const score = METRICS[a.metric].score;
  const groups = a.resampled === 'speakers' ? shared.map((pair) => pair.first.speaker ?? '') : undefined;
  // Clips of one class alone have no AUC and no EER: such resamples say nothing for either side.
  const differences = [...resamples(shared.length, groups, { resamples: count, seed: 'compare' })]
    .map(
      (positions) => score(selectJudgements(second, positions)) - score(selectJudgements(first, positions)),
    )
    .filter(Number.isFinite);
  const below = differences.filter((difference) => difference <= 0).length;
  const above = differences.filter((difference) => difference >= 0).length;
  const isTelling = groups === undefined || new Set(groups).size >= FEWEST_GROUPS;
  const [scoreA, scoreB] = [score(first), score(second)];
  return {
    task: a.task,
    title: a.title,
    metric: a.metric,
    a: scoreA,
    b: scoreB,
    difference: scoreB - scoreA,
    ...(isTelling
      ? {
          interval: percentileInterval(differences),
          p: Math.min(1, (2 * (Math.min(below, above) + 1)) / (differences.length + 1)),
          verdict: 'no difference shown',
        }
      : { p: 1, verdict: 'too few speakers to tell' }),
    clips: shared.length,
  };
}

/** Holm's step-down correction, in the order given. */
function holm(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((x, y) => values[x] - values[y]);
  const corrected = new Array<number>(values.length);
  let running = 0;
  for (const [rank, index] of order.entries()) {
    running = Math.max(running, Math.min(1, values[index] * (values.length - rank)));
    corrected[index] = running;
  }
  return corrected;
}
