/** Every probe with every normalisation: what the protocol chooses from. */
import { type Matrix, matrix } from '../linear-algebra/matrix-product.js';
import { spanCoordinates } from '../linear-algebra/span-coordinates.js';
import { type Normalisation, normalisationName, normalise } from './normalise.js';
import { linearDiscriminantAnalysis } from './probes/lda.js';
import { logisticRegression } from './probes/logistic-regression.js';
import { decisions, type FitReport, type Probe } from './probes/probe.js';
import { randomForest } from './probes/random-forest.js';
import type { Judgements } from './score.js';
import { selectRows, type TaskRows } from './task-rows.js';

export interface CandidateOptions {
  /**
   * `full`: the five published classifiers. `quick`, for studies: LDA and the published 100 iterations of logistic
   * regression, without z-scoring; to its optimum a regression on 2,048 dimensions takes longer than training the student.
   */
  readonly effort?: 'full' | 'quick';
  /** Logistic regression to its optimum, or for 100 iterations as published. */
  readonly solver?: 'converged' | 'published';
  readonly seed?: string;
}

export interface Candidate {
  readonly name: string;
  /** Fits on train rows and judges other ones. */
  judge(train: readonly number[], scored: readonly number[]): Promise<Judged>;
}

export interface Judged {
  readonly judgements: Judgements;
  readonly fit: FitReport | undefined;
}

export async function openCandidates(task: TaskRows, options: CandidateOptions): Promise<Candidate[]> {
  const inputs = new Map<string, Promise<Matrix>>();
  /** Those that see the same rows share them. */
  const inputOf = (probe: Probe, normalisation: Normalisation): Promise<Matrix> => {
    const key = `${probe.invariance}; ${normalisationName(normalisation)}`;
    const input = inputs.get(key) ?? probeInput(task, probe, normalisation);
    inputs.set(key, input);
    return input;
  };
  const candidates: Candidate[] = [];
  for (const normalisation of normalisationsOf(task, options))
    for (const probe of probesOf(options)) {
      const input = await inputOf(probe, normalisation);
      const suffix = normalisationName(normalisation);
      candidates.push({
        name: suffix === '' ? probe.name : `${probe.name}; ${suffix}`,
        judge: (train, scored) => fitAndJudge(probe, input, task, train, scored),
      });
    }
  return candidates;
}

function probesOf({ effort = 'full', solver = 'converged', seed = '0' }: CandidateOptions): Probe[] {
  if (effort === 'quick') return [logisticRegression({ solver: 'published' }), linearDiscriminantAnalysis];
  return [
    logisticRegression({ solver }),
    logisticRegression({ solver, weights: 'balanced' }),
    linearDiscriminantAnalysis,
    randomForest({ seed }),
    randomForest({ seed, weights: 'balanced' }),
  ];
}

function normalisationsOf({ hasSpeakers }: TaskRows, { effort = 'full' }: CandidateOptions): Normalisation[] {
  const bySpeaker =
    hasSpeakers && effort === 'full' ? (['as-is', 'z-scored'] as const) : (['as-is'] as const);
  return bySpeaker.flatMap((speaker) => (['as-is', 'unit'] as const).map((length) => ({ length, speaker })));
}

/**
 * What a probe learns from: normalised embeddings, and where rotating them changes nothing and clips are fewer than
 * dimensions, their coordinates in the span of all the task's clips, once for all folds.
 */
export async function probeInput(
  { embeddings, speakers }: TaskRows,
  { invariance }: Probe,
  normalisation: Normalisation,
): Promise<Matrix> {
  const rows = normalise(embeddings, normalisation, speakers);
  return invariance === 'rotation' && rows.rows < rows.columns
    ? (await spanCoordinates(rows)).coordinates
    : rows;
}

/** A class that is absent from these train rows (which only an inner split can cause) is never predicted. */
async function fitAndJudge(
  probe: Probe,
  rows: Matrix,
  { labels, classes }: TaskRows,
  train: readonly number[],
  scored: readonly number[],
): Promise<Judged> {
  const present = [...new Set(train.map((row) => labels[row]))].sort((a, b) => a - b);
  const model = await probe.fit({
    features: selectRows(rows, train),
    labels: train.map((row) => present.indexOf(labels[row])),
    classes: present.length,
  });
  const found = await model.probabilities(selectRows(rows, scored));
  const probabilities = matrix(scored.length, classes.length);
  for (let place = 0; place < scored.length; place++)
    for (const [column, label] of present.entries())
      probabilities.data[place * classes.length + label] = found.data[place * present.length + column];
  return {
    judgements: {
      truth: Int32Array.from(scored, (row) => labels[row]),
      predicted: decisions(probabilities),
      probabilities: probabilities.data,
      classes: classes.length,
    },
    fit: model.report && ended(model.report),
  };
}

/** Of a report that may say more, what is kept with results. */
function ended({ iterations, gradientNorm, stopped }: FitReport): FitReport {
  return { iterations, gradientNorm, stopped };
}
