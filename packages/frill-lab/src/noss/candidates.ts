/** Every probe with every normalisation: what the protocol chooses from. */
import { type Matrix, matrix } from '../linear-algebra/matrix-product.js';
import { spanCoordinates } from '../linear-algebra/span-coordinates.js';
import { type Normalisation, normalisationName, normalise } from './normalise.js';
import { linearDiscriminantAnalysis } from './probes/lda.js';
import { logisticRegression } from './probes/logistic-regression.js';
import { decisions, type FitReport, type Probe } from './probes/probe.js';
import { randomForest } from './probes/random-forest.js';
import type { Judgements } from './score.js';
import { type HeardRows, selectRows, type TaskRows } from './task-rows.js';

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
  /** Fits on these rows of the task. */
  fit(train: readonly number[]): Promise<FittedCandidate>;
}

export interface FittedCandidate {
  /** How the fit ended, where it was by iterations. */
  readonly fit: FitReport | undefined;
  /** Judges rows of the task, or of one of its conditions by its place in `heard`. */
  judge(rows: readonly number[], heard?: number): Promise<Judgements>;
}

/** What a probe sees: the task's rows, and those of each condition in the same coordinates. */
export interface ProbeInput {
  readonly rows: Matrix;
  heard(place: number): Promise<Matrix>;
}

export async function openCandidates(task: TaskRows, options: CandidateOptions): Promise<Candidate[]> {
  const inputs = new Map<string, Promise<ProbeInput>>();
  /** Those that see the same rows share them. */
  const inputOf = (probe: Probe, normalisation: Normalisation): Promise<ProbeInput> => {
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
        fit: (train) => fitCandidate(probe, input, task, train),
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
 * dimensions, their coordinates in the span of all the task's clips, once for all folds. What a clip has outside that span under
 * some condition, no such probe would see.
 */
export async function probeInput(
  { embeddings, speakers, heard }: TaskRows,
  { invariance }: Probe,
  normalisation: Normalisation,
): Promise<ProbeInput> {
  const rows = normalise(embeddings, normalisation, speakers);
  const span =
    invariance === 'rotation' && rows.rows < rows.columns ? await spanCoordinates(rows) : undefined;
  const made = new Map<number, Promise<Matrix>>();
  return {
    rows: span?.coordinates ?? rows,
    heard(place) {
      const found = made.get(place) ?? make(heard[place]);
      made.set(place, found);
      return found;
    },
  };

  async function make({ embeddings: changed, rows: places }: HeardRows): Promise<Matrix> {
    // A speaker is z-scored by what was heard under the condition.
    const normalised = normalise(
      changed,
      normalisation,
      places.map((row) => speakers[row]),
    );
    return span?.of(normalised) ?? normalised;
  }
}

/** A class that is absent from these train rows (which only an inner split can cause) is never predicted. */
async function fitCandidate(
  probe: Probe,
  input: ProbeInput,
  { labels, classes, heard }: TaskRows,
  train: readonly number[],
): Promise<FittedCandidate> {
  const present = [...new Set(train.map((row) => labels[row]))].sort((a, b) => a - b);
  const model = await probe.fit({
    features: selectRows(input.rows, train),
    labels: train.map((row) => present.indexOf(labels[row])),
    classes: present.length,
  });
  return {
    fit: model.report && ended(model.report),
    async judge(rows, place) {
      const features =
        place === undefined
          ? selectRows(input.rows, rows)
          : selectRows(
              await input.heard(place),
              rows.map((row) => heard[place].rows.indexOf(row)),
            );
      const found = await model.probabilities(features);
      const probabilities = matrix(rows.length, classes.length);
      for (let at = 0; at < rows.length; at++)
        for (const [column, label] of present.entries())
          probabilities.data[at * classes.length + label] = found.data[at * present.length + column];
      return {
        truth: Int32Array.from(rows, (row) => labels[row]),
        predicted: decisions(probabilities),
        probabilities: probabilities.data,
        classes: classes.length,
      };
    },
  };
}

/** What is kept with results of a report that may say more. */
function ended({ iterations, gradientNorm, stopped }: FitReport): FitReport {
  return { iterations, gradientNorm, stopped };
}
