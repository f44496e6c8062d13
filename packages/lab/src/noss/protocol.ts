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
import type { Fold } from '../corpus/splits.js';
import type { Task } from '../corpus/tasks.js';
import { percentileInterval, resamples } from './bootstrap.js';
import type { ClipEmbedding, EmbeddedClips } from './clip-embeddings.js';
import { checkTask } from './data-checks.js';
import { type FewShotOptions, type FewShotPoint, fewShotCurve } from './few-shot.js';
import { innerSplit } from './inner-split.js';
import { type Matrix, matrix } from './linear-algebra/matrix-product.js';
import { spanCoordinates } from './linear-algebra/span-coordinates.js';
import { confusionMatrix } from './metrics/confusion.js';
import { type Normalisation, normalisationName, normalise } from './normalise.js';
import { linearDiscriminantAnalysis } from './probes/lda.js';
import { logisticRegression } from './probes/logistic-regression.js';
import { decisions, type Probe } from './probes/probe.js';
import { randomForest } from './probes/random-forest.js';
import { isBetter, type Judgements, METRICS, selectJudgements } from './score.js';

export interface ProtocolOptions {
  /**
   * `full`: the five published classifiers. `quick`, for studies: LDA and the published 100 iterations of logistic
   * regression, without z-scoring; to its optimum a regression on 2,048 dimensions takes longer than training the student.
   */
  readonly effort?: 'full' | 'quick';
  /** Logistic regression to its optimum, or for 100 iterations as published. */
  readonly solver?: 'converged' | 'published';
  /** What a clip is: the average over its windows, or that and their standard deviation. */
  readonly pooling?: 'mean' | 'mean+deviation';
  /** Examples a class for the few-shot curve; none leaves it out. */
  readonly fewShot?: readonly number[];
  readonly resamples?: number;
  readonly seed?: string;
}

export interface CandidateScore {
  /** `LDA, Ledoit-Wolf shrinkage; L2`. */
  readonly candidate: string;
  readonly validation: number;
  readonly test: number;
}

export interface TaskResult {
  readonly task: string;
  readonly title: string;
  readonly metric: keyof typeof METRICS;
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

interface Candidate {
  readonly name: string;
  readonly probe: Probe;
  readonly normalisation: Normalisation;
}

/** Evaluates embedded clips on one task. Throws InputError when the data leaves nothing to evaluate. */
export async function evaluateTask(
  task: Task,
  embedded: EmbeddedClips,
  options: ProtocolOptions = {},
): Promise<TaskResult> {
  const { seed = '0', pooling = 'mean', fewShot = [] } = options;
  const { label, speaker: speakerColumn, sharedSpeakers, metric } = task.declaration;
  const { folds, classes, findings } = checkTask(task, embedded);
  const speakerOf = (index: number) =>
    speakerColumn === undefined ? '' : task.clips[index].labels[speakerColumn];
  const hasSpeakers = speakerColumn !== undefined && !sharedSpeakers;
  // Rows of the clips that any fold uses; positions below are rows.
  const used = [
    ...new Set(folds.flatMap(({ train, validation, test }) => [...train, ...validation, ...test])),
  ];
  const rowOf = new Map(used.map((index, row) => [index, row]));
  const embeddings = poolRows(
    used.map((index) => embedded.embeddings.get(task.clips[index].id)!),
    pooling,
  );
  const labels = used.map((index) => classes.indexOf(task.clips[index].labels[label]));
  const speakers = used.map(speakerOf);
  const candidates = candidatesOf(options, hasSpeakers);
  const inputs = new Map<string, Matrix>();
  for (const candidate of candidates)
    if (!inputs.has(inputName(candidate)))
      inputs.set(inputName(candidate), await inputOf(candidate, embeddings, speakers));

  const judge = async (candidate: Candidate, train: readonly number[], scored: readonly number[]) =>
    fitAndJudge(candidate.probe, inputs.get(inputName(candidate))!, labels, train, scored, classes.length);
  const { split } = task.declaration;
  const isCrossValidation = split.by === 'folds';
  const groupColumn = isCrossValidation ? split.column : undefined;
  const groups = hasSpeakers
    ? speakers
    : groupColumn === undefined
      ? undefined
      : used.map((index) => task.clips[index].labels[groupColumn]);

  let chosenBy: TaskResult['chosenBy'] = 'validation';
  const choices: string[] = [];
  const order: number[] = [];
  const honest: Judgements[] = [];
  const byCandidate = candidates.map(() => ({ validation: [] as Judgements[], test: [] as Judgements[] }));
  for (const fold of folds) {
    const { train, validation, test } = rowsOfFold(fold, rowOf);
    const inner =
      validation.length > 0
        ? undefined
        : innerSplit(
            train.map((row) => labels[row]),
            groups && train.map((row) => groups[row]),
            `${seed}/${fold.name}`,
          );
    if (inner) chosenBy = inner.by === 'group' ? 'train groups' : 'train clips';
    // What the choice is made on, where the probe that is scored learns from more than the one that was chosen by.
    const apart = inner
      ? {
          train: inner.train.map((place) => train[place]),
          validation: inner.validation.map((place) => train[place]),
          all: train,
        }
      : isCrossValidation
        ? { train, validation, all: [...train, ...validation] }
        : undefined;
    let best: { name: string; score: number; test: Judgements } | undefined;
    for (const [index, candidate] of candidates.entries()) {
      let onTest: Judgements;
      let onValidation: Judgements;
      if (apart) {
        onValidation = await judge(candidate, apart.train, apart.validation);
        onTest = await judge(candidate, apart.all, test);
      } else {
        const both = await judge(candidate, train, [...validation, ...test]);
        const places = Uint32Array.from(both.truth, (_, place) => place);
        onValidation = selectJudgements(both, places.subarray(0, validation.length));
        onTest = selectJudgements(both, places.subarray(validation.length));
      }
      byCandidate[index].validation.push(onValidation);
      byCandidate[index].test.push(onTest);
      const score = METRICS[metric].score(onValidation);
      if (best === undefined || isBetter(metric, score, best.score))
        best = { name: candidate.name, score, test: onTest };
    }
    if (best === undefined) continue;
    choices.push(best.name);
    honest.push(best.test);
    order.push(...test);
  }

  const judgements = concatenate(honest);
  const scores = candidates.map(
    ({ name }, index): CandidateScore => ({
      candidate: name,
      validation: METRICS[metric].score(concatenate(byCandidate[index].validation)),
      test: METRICS[metric].score(concatenate(byCandidate[index].test)),
    }),
  );
  const interval = percentileInterval(
    [
      ...resamples(order.length, hasSpeakers ? order.map((row) => speakers[row]) : undefined, {
        seed,
        resamples: options.resamples ?? 1000,
      }),
    ].map((positions) => METRICS[metric].score(selectJudgements(judgements, positions))),
  );
  const counts = confusionMatrix(judgements.truth, judgements.predicted, classes.length);
  return {
    task: task.name,
    title: task.title,
    metric,
    classes,
    score: METRICS[metric].score(judgements),
    interval: [interval.low, interval.high],
    resampled: hasSpeakers ? 'speakers' : 'clips',
    chosen: mostFrequent(choices),
    chosenBy,
    bestOnTest: scores
      .map(({ test }) => test)
      .reduce((best, score) => (isBetter(metric, score, best) ? score : best)),
    chance: METRICS[metric].chance(judgements),
    candidates: scores,
    confusion: classes.map((_, row) => [
      ...counts.subarray(row * classes.length, (row + 1) * classes.length),
    ]),
    predictions: order.map((row, place) => ({
      clip: task.clips[used[row]].id,
      ...(hasSpeakers ? { speaker: speakers[row] } : {}),
      truth: judgements.truth[place],
      predicted: judgements.predicted[place],
      probabilities: Array.from(
        judgements.probabilities.subarray(place * classes.length, (place + 1) * classes.length),
        (p) => Number(p.toPrecision(4)),
      ),
    })),
    fewShot: await fewShotOf(folds[0], { examples: fewShot, seed }),
    findings,
  };

  async function fewShotOf(fold: Fold, few: FewShotOptions): Promise<FewShotPoint[]> {
    if (fewShot.length === 0) return [];
    const probe = logisticRegression({ c: 100 });
    const unit = await inputOf(
      { name: probe.name, probe, normalisation: { length: 'unit', speaker: 'as-is' } },
      embeddings,
      speakers,
    );
    const { train, test } = rowsOfFold(fold, rowOf);
    return fewShotCurve(
      probe,
      (rows) => selectRows(unit, rows),
      labels,
      train,
      test,
      classes.length,
      metric,
      few,
    );
  }
}

/** Every probe with every normalisation. */
function candidatesOf(
  { effort = 'full', solver = 'converged', seed = '0' }: ProtocolOptions,
  hasSpeakers: boolean,
): Candidate[] {
  const probes =
    effort === 'quick'
      ? [logisticRegression({ solver: 'published' }), linearDiscriminantAnalysis]
      : [
          logisticRegression({ solver }),
          logisticRegression({ solver, weights: 'balanced' }),
          linearDiscriminantAnalysis,
          randomForest({ seed }),
          randomForest({ seed, weights: 'balanced' }),
        ];
  const normalisations: Normalisation[] = [];
  for (const speaker of hasSpeakers && effort === 'full'
    ? (['as-is', 'z-scored'] as const)
    : (['as-is'] as const))
    for (const length of ['as-is', 'unit'] as const) normalisations.push({ length, speaker });
  return normalisations.flatMap((normalisation) =>
    probes.map((probe) => {
      const suffix = normalisationName(normalisation);
      return { name: suffix === '' ? probe.name : `${probe.name}; ${suffix}`, probe, normalisation };
    }),
  );
}

/** Candidates of the same name learn from the same rows. */
function inputName({ probe, normalisation }: Candidate): string {
  return `${probe.invariance}; ${normalisationName(normalisation)}`;
}

/**
 * What a candidate learns from: normalised embeddings, and where rotating them changes nothing and clips are fewer than
 * dimensions, their coordinates in the span of all the task's clips, once for all folds.
 */
async function inputOf(
  { probe, normalisation }: Candidate,
  embeddings: Matrix,
  speakers: readonly string[],
): Promise<Matrix> {
  const rows = normalise(embeddings, normalisation, speakers);
  return probe.invariance === 'rotation' && rows.rows < rows.columns
    ? (await spanCoordinates(rows)).coordinates
    : rows;
}

/**
 * Fits a probe and judges other rows. A class that is absent from these train rows (which only an inner split can cause)
 * is never predicted.
 */
async function fitAndJudge(
  probe: Probe,
  rows: Matrix,
  labels: readonly number[],
  train: readonly number[],
  scored: readonly number[],
  classes: number,
): Promise<Judgements> {
  const present = [...new Set(train.map((row) => labels[row]))].sort((a, b) => a - b);
  const model = await probe.fit({
    features: selectRows(rows, train),
    labels: train.map((row) => present.indexOf(labels[row])),
    classes: present.length,
  });
  const found = await model.probabilities(selectRows(rows, scored));
  const probabilities = matrix(scored.length, classes);
  for (let place = 0; place < scored.length; place++)
    for (const [column, label] of present.entries())
      probabilities.data[place * classes + label] = found.data[place * present.length + column];
  return {
    truth: Int32Array.from(scored, (row) => labels[row]),
    predicted: decisions(probabilities),
    probabilities: probabilities.data,
    classes,
  };
}

function poolRows(embeddings: readonly ClipEmbedding[], pooling: 'mean' | 'mean+deviation'): Matrix {
  const parts = embeddings.map(({ mean, deviation }) => (pooling === 'mean' ? [mean] : [mean, deviation]));
  const columns = parts[0].reduce((sum, part) => sum + part.length, 0);
  const result = matrix(embeddings.length, columns);
  for (const [row, vectors] of parts.entries()) {
    let at = row * columns;
    for (const vector of vectors) {
      result.data.set(vector, at);
      at += vector.length;
    }
  }
  return result;
}

function selectRows({ columns, data }: Matrix, positions: readonly number[]): Matrix {
  const result = matrix(positions.length, columns);
  for (const [place, row] of positions.entries())
    result.data.set(data.subarray(row * columns, (row + 1) * columns), place * columns);
  return result;
}

function rowsOfFold(fold: Fold, rowOf: ReadonlyMap<number, number>) {
  const rows = (indexes: readonly number[]) => indexes.map((index) => rowOf.get(index)!);
  return { train: rows(fold.train), validation: rows(fold.validation), test: rows(fold.test) };
}

function concatenate(parts: readonly Judgements[]): Judgements {
  return {
    truth: Int32Array.from(parts.flatMap(({ truth }) => [...truth])),
    predicted: Int32Array.from(parts.flatMap(({ predicted }) => [...predicted])),
    probabilities: Float64Array.from(parts.flatMap(({ probabilities }) => [...probabilities])),
    classes: parts[0].classes,
  };
}

function mostFrequent(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const [name, count] = [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best));
  return count === names.length ? name : `${name} (${count} of ${names.length} folds)`;
}
