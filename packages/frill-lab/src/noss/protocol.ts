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
import { isCrossValidation } from '../corpus/cross-validation.js';
import type { Task } from '../corpus/tasks.js';
import type { EmbeddedClips } from '../embeddings/clip-embeddings.js';
import { FEWEST_GROUPS, percentileInterval, resamples } from '../statistics/bootstrap.js';
import {
  type Candidate,
  type CandidateOptions,
  type FittedCandidate,
  openCandidates,
  probeInput,
} from './candidates.js';
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
import {
  type FoldRows,
  type HeardClips,
  type Pooling,
  selectRows,
  type TaskRows,
  taskRows,
} from './task-rows.js';

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
  heard: readonly HeardClips[] = [],
): Promise<TaskResult> {
  const { seed = '0', pooling = 'mean', fewShot = [], strict = false } = options;
  const { metric } = task.declaration;
  const rows = taskRows(task, embedded, { pooling, strict, heard });
  const candidates = await openCandidates(rows, options);
  const judged: JudgedFold[] = [];
  for (const fold of rows.folds) judged.push(await judgeFold(fold, candidates, rows, task, seed));

  const order = judged.flatMap(({ test }) => test);
  const honest = joinJudgements(judged.map(({ judgements, chosen }) => judgements[chosen].onTest));
  const choosing = joinJudgements(judged.map(({ judgements, chosen }) => judgements[chosen].onValidation));
  const scores = candidates.map(({ name }, index) => ({
    candidate: name,
    validation: METRICS[metric].score(
      joinJudgements(judged.map(({ judgements }) => judgements[index].onValidation)),
    ),
    test: METRICS[metric].score(joinJudgements(judged.map(({ judgements }) => judgements[index].onTest))),
    fits: judged.flatMap(({ judgements }) => judgements[index].fit ?? []),
  }));
  const speakers = rows.hasSpeakers ? order.map((row) => rows.speakers[row]) : undefined;
  const draws = [...resamples(order.length, speakers, { seed, resamples: options.resamples ?? 1000 })];
  const score = (judgements: Judgements) => METRICS[metric].score(judgements);
  const redrawn = (judgements: Judgements) =>
    draws.map((positions) => score(selectJudgements(judgements, positions)));
  const clean = redrawn(honest);
  const isTelling = speakers === undefined || new Set(speakers).size >= FEWEST_GROUPS;
  const interval = (scores: readonly number[]) => (isTelling ? percentileInterval(scores) : undefined);
  const size = rows.classes.length;
  const counts = confusionMatrix(honest.truth, honest.predicted, size);
  return {
    task: task.name,
    title: task.title,
    metric,
    classes: rows.classes,
    score: score(honest),
    interval: interval(clean),
    resampled: rows.hasSpeakers ? 'speakers' : 'clips',
    validation: score(choosing),
    chosen: mostFrequent(judged.map(({ chosen }) => candidates[chosen].name)),
    chosenBy: judged[0].chosenBy,
    bestOnTest: scores
      .map(({ test }) => test)
      .reduce((best, score) => (isBetter(metric, score, best) ? score : best)),
    chance: METRICS[metric].chance(honest),
    byMetric: byEveryMetric(honest),
    conditions: heard.map(({ condition }, place) => {
      const changed = joinJudgements(judged.map(({ onHeard }) => onHeard[place]));
      const scores = redrawn(changed);
      const lost = (before: number, after: number) =>
        METRICS[metric].better === 'higher' ? before - after : after - before;
      return {
        condition: condition.name,
        title: condition.title,
        score: score(changed),
        interval: interval(scores),
        drop: lost(score(honest), score(changed)),
        dropInterval: interval(scores.map((after, draw) => lost(clean[draw], after))),
      };
    }),
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
  /** Judgements, one a candidate. */
  readonly judgements: readonly JudgedSides[];
  /** The candidate with the best validation score, the first of equals. */
  readonly chosen: number;
  /** What that one says of the test clips under each condition. */
  readonly onHeard: readonly Judgements[];
}

interface JudgedSides {
  readonly onValidation: Judgements;
  readonly onTest: Judgements;
  /** How fitting ended for the probe that judged the test side. */
  readonly fit: FitReport | undefined;
}

/** What every candidate says of a fold's validation and test clips, and the chosen one of test clips under conditions. */
async function judgeFold(
  fold: FoldRows,
  candidates: readonly Candidate[],
  rows: TaskRows,
  { declaration: { split, metric } }: Task,
  seed: string,
): Promise<JudgedFold> {
  const { train, validation, test } = fold;
  const inner = validation.length > 0 ? undefined : innerSides(fold, rows, seed);
  const choosing = inner ?? { train, validation };
  // Where validation clips are of the train side, the probe that is scored learns from them too.
  const isRefitted = inner !== undefined || isCrossValidation(split);
  const judgements: JudgedSides[] = [];
  const fitted: FittedCandidate[] = [];
  for (const candidate of candidates) {
    const chosenBy = await candidate.fit(choosing.train);
    const scored = isRefitted ? await candidate.fit([...train, ...validation]) : chosenBy;
    fitted.push(scored);
    judgements.push({
      onValidation: await chosenBy.judge(choosing.validation),
      onTest: await scored.judge(test),
      fit: scored.fit,
    });
  }
  const scores = judgements.map(({ onValidation }) => METRICS[metric].score(onValidation));
  const chosen = scores.reduce(
    (best, score, index) => (isBetter(metric, score, scores[best]) ? index : best),
    0,
  );
  const onHeard: Judgements[] = [];
  for (const place of rows.heard.keys()) onHeard.push(await fitted[chosen].judge(test, place));
  return { test, chosenBy: inner?.chosenBy ?? 'validation', judgements, chosen, onHeard };
}

/** A part of the train side to choose by. */
function innerSides({ name, train }: FoldRows, { labels, groups }: TaskRows, seed: string) {
  const inner = innerSplit(
    train.map((row) => labels[row]),
    groups && train.map((row) => groups[row]),
    `${seed}/${name}`,
  );
  return {
    train: inner.train.map((place) => train[place]),
    validation: inner.validation.map((place) => train[place]),
    chosenBy: inner.by === 'group' ? ('train groups' as const) : ('train clips' as const),
  };
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
    {
      probe,
      rows: (positions) => selectRows(unit.rows, positions),
      labels: rows.labels,
      classes: rows.classes.length,
      train,
      test,
      metric: declaration.metric,
    },
    { examples, seed },
  );
}

function mostFrequent(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const [name, count] = [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best));
  return count === names.length ? name : `${name} (${count} of ${names.length} folds)`;
}
