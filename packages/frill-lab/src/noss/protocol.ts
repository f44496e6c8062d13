/**
 * The evaluation protocol of NOSS (Shor et al., Interspeech 2020; Peplinski et al., 2021) on one task: time-averaged embeddings,
 * simple probes, with and without L2 normalisation and per-speaker z-scoring. Two numbers come out:
 *
 * - the published one: the best *test* score over all probes and normalisations, optimistic by construction;
 * - the honest one: chosen on validation clips (a part of the train side where there are none), scored once on test,
 *   with a bootstrap confidence interval (by speaker where there are speakers). In cross-validation the validation fold
 *   joins the train folds again before the chosen probe is scored.
 *
 * Z-scoring uses all clips of a speaker, also of test speakers, but never their labels; it is left out where speakers are
 * the classes or sides share them.
 */
import type { Task } from '../corpus/tasks.js';
import type { EmbeddedClips } from '../embeddings/clip-embeddings.js';
import { percentileInterval, resamples } from '../statistics/bootstrap.js';
import { type Candidate, type CandidateOptions, openCandidates, probeInput } from './candidates.js';
import { type FewShotPoint, fewShotCurve } from './few-shot.js';
import { innerSplit } from './inner-split.js';
import { confusionMatrix } from './metrics/confusion.js';
import { logisticRegression } from './probes/logistic-regression.js';
import type { FitReport } from './probes/probe.js';
import {
  byEveryMetric,
  isBetter,
  type Judgements,
  joinJudgements,
  METRICS,
  selectJudgements,
} from './score.js';
import type { TaskResult } from './task-result.js';
import { type FoldRows, type Pooling, selectRows, type TaskRows, taskRows } from './task-rows.js';

export interface ProtocolOptions extends CandidateOptions {
  readonly pooling?: Pooling;
  /** Examples a class for the few-shot curve; none leaves it out. */
  readonly fewShot?: readonly number[];
  readonly resamples?: number;
  /** Refuse data of which a part would be left out with a finding. */
  readonly strict?: boolean;
}

/** Evaluates embedded clips on one task. Throws InputError when the data leaves nothing to evaluate. */
export async function evaluateTask(
  task: Task,
  embedded: EmbeddedClips,
  options: ProtocolOptions = {},
): Promise<TaskResult> {
  const { seed = '0', pooling = 'mean', fewShot = [], strict = false } = options;
  const { metric } = task.declaration;
  const rows = taskRows(task, embedded, { pooling, strict });
  const candidates = await openCandidates(rows, options);
  const judged: JudgedFold[] = [];
  for (const fold of rows.folds) judged.push(await judgeFold(fold, candidates, rows, task, seed));

  const order = judged.flatMap(({ test }) => test);
  const choices = judged.map(({ judgements }) => bestOf(judgements, metric));
  const honest = joinJudgements(judged.map(({ judgements }, fold) => judgements[choices[fold]].onTest));
  const scores = candidates.map(({ name }, index) => ({
    candidate: name,
    validation: METRICS[metric].score(
      joinJudgements(judged.map(({ judgements }) => judgements[index].onValidation)),
    ),
    test: METRICS[metric].score(joinJudgements(judged.map(({ judgements }) => judgements[index].onTest))),
    fits: judged.flatMap(({ judgements }) => judgements[index].fit ?? []),
  }));
  const speakers = rows.hasSpeakers ? order.map((row) => rows.speakers[row]) : undefined;
  const draws = resamples(order.length, speakers, { seed, resamples: options.resamples ?? 1000 });
  const interval = percentileInterval(
    [...draws].map((positions) => METRICS[metric].score(selectJudgements(honest, positions))),
  );
  const size = rows.classes.length;
  const counts = confusionMatrix(honest.truth, honest.predicted, size);
  return {
    task: task.name,
    title: task.title,
    metric,
    classes: rows.classes,
    score: METRICS[metric].score(honest),
    interval: [interval.low, interval.high],
    resampled: rows.hasSpeakers ? 'speakers' : 'clips',
    chosen: mostFrequent(choices.map((index) => candidates[index].name)),
    chosenBy: judged[0].chosenBy,
    bestOnTest: scores
      .map(({ test }) => test)
      .reduce((best, score) => (isBetter(metric, score, best) ? score : best)),
    chance: METRICS[metric].chance(honest),
    byMetric: byEveryMetric(honest),
    candidates: scores,
    confusion: rows.classes.map((_, row) => [...counts.subarray(row * size, (row + 1) * size)]),
    predictions: order.map((row, place) => ({
      clip: rows.clips[row],
      ...(rows.hasSpeakers ? { speaker: rows.speakers[row] } : {}),
      truth: honest.truth[place],
      predicted: honest.predicted[place],
      probabilities: Array.from(honest.probabilities.subarray(place * size, (place + 1) * size), (p) =>
        Number(p.toPrecision(4)),
      ),
    })),
    fewShot: fewShot.length === 0 ? [] : await fewShotOf(task, rows, fewShot, seed),
    findings: rows.findings,
  };
}

interface JudgedFold {
  readonly test: readonly number[];
  readonly chosenBy: TaskResult['chosenBy'];
  /** By candidate. */
  readonly judgements: readonly JudgedSides[];
}

interface JudgedSides {
  readonly onValidation: Judgements;
  readonly onTest: Judgements;
  /** Of the probe that judged the test side. */
  readonly fit: FitReport | undefined;
}

/** What every candidate says of a fold's validation and test clips. */
async function judgeFold(
  { name, train, validation, test }: FoldRows,
  candidates: readonly Candidate[],
  { labels, groups }: TaskRows,
  { declaration }: Task,
  seed: string,
): Promise<JudgedFold> {
  const judgements: JudgedSides[] = [];
  if (validation.length > 0 && declaration.split.by !== 'folds') {
    const places = (from: number, to: number) => Uint32Array.from({ length: to - from }, (_, i) => from + i);
    const [middle, end] = [validation.length, validation.length + test.length];
    for (const candidate of candidates) {
      const { judgements: both, fit } = await candidate.judge(train, [...validation, ...test]);
      judgements.push({
        onValidation: selectJudgements(both, places(0, middle)),
        onTest: selectJudgements(both, places(middle, end)),
        fit,
      });
    }
    return { test, chosenBy: 'validation', judgements };
  }
  // The probe that is scored learns from more than the one that is chosen by.
  const inner =
    validation.length > 0
      ? undefined
      : innerSplit(
          train.map((row) => labels[row]),
          groups && train.map((row) => groups[row]),
          `${seed}/${name}`,
        );
  const apart = inner
    ? {
        train: inner.train.map((place) => train[place]),
        validation: inner.validation.map((place) => train[place]),
      }
    : { train, validation };
  for (const candidate of candidates) {
    const chosenBy = await candidate.judge(apart.train, apart.validation);
    const scored = await candidate.judge([...train, ...validation], test);
    judgements.push({ onValidation: chosenBy.judgements, onTest: scored.judgements, fit: scored.fit });
  }
  const chosenBy = inner ? (inner.by === 'group' ? 'train groups' : 'train clips') : 'validation';
  return { test, chosenBy, judgements };
}

/** The candidate with the best validation score, the first of equals. */
function bestOf(judgements: JudgedFold['judgements'], metric: TaskResult['metric']): number {
  const scores = judgements.map(({ onValidation }) => METRICS[metric].score(onValidation));
  return scores.reduce((best, score, index) => (isBetter(metric, score, scores[best]) ? index : best), 0);
}

/** On the first fold, with unit-length embeddings. */
async function fewShotOf(
  { declaration }: Task,
  rows: TaskRows,
  examples: readonly number[],
  seed: string,
): Promise<FewShotPoint[]> {
  const probe = logisticRegression({ c: 100 });
  const unit = await probeInput(rows, probe, { length: 'unit', speaker: 'as-is' });
  const { train, test } = rows.folds[0];
  return fewShotCurve(
    probe,
    (positions) => selectRows(unit, positions),
    rows.labels,
    train,
    test,
    rows.classes.length,
    declaration.metric,
    { examples, seed },
  );
}

function mostFrequent(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const [name, count] = [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best));
  return count === names.length ? name : `${name} (${count} of ${names.length} folds)`;
}
