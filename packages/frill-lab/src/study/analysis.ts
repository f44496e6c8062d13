/** From a run's results to what they say: one row a student, the frontier and how certain it is, the three regressions. */

import { type Correlation, correlation } from '../statistics/correlation.js';
import { quantile } from '../statistics/quantiles.js';
import { random } from '../tensor/random.js';
import { type Effects, effects, factorsOf } from './effects.js';
import { type Direction, duplicates, frontierDraws, paretoFrontier } from './frontier.js';
import type { Interaction } from './interactions.js';
import { matchedPairs, type PairedChoice } from './pairs.js';
import type { StudentResult, StudyResults, TaskQuality } from './records.js';
import { type Draw, redraws } from './redraw.js';

export const MIB = 2 ** 20;

/** A student in one line of a table. */
export interface StudentRow {
  readonly student: StudentResult;
  /** Mean over tasks, 0..1. */
  readonly quality: number;
  /** Median milliseconds a window, model only; NaN when not measured. */
  readonly latencyMs: number;
  readonly latencyIntervalMs: readonly [number, number];
  readonly sizeMiB: number;
  /** On the latency-quality frontier. */
  readonly isFrontier: boolean;
  /** How often it is when the measurements are resampled, 0..1. */
  readonly certainty: number;
}

export interface Analysis {
  readonly rows: readonly StudentRow[];
  /** The frontier, fastest first. */
  readonly frontier: readonly StudentRow[];
  /** Standardised weights; a string says why a regression was not possible. */
  readonly effects: Readonly<Record<Target, Effects | string>>;
  /** The student to name first: the best on the frontier within the post's budget, else the best on the frontier. */
  readonly best: StudentRow | undefined;
  /** That student's mean quality minus that of the teacher and of each baseline, in points, with 95 % bootstrap intervals. */
  readonly bestAgainst: readonly {
    readonly name: string;
    readonly mean: number;
    readonly interval: readonly [number, number];
  }[];
  /** The frontier's number of members: 95 % bootstrap interval. */
  readonly frontierSize: readonly [number, number];
  /** Names of students that are equal in both latency and quality; of those on the frontier all stay. */
  readonly ties: readonly (readonly string[])[];
  /** What each choice costs, other things equal. */
  readonly pairs: readonly PairedChoice[];
  /** Over students, of mean quality with ... */
  readonly correlations: {
    /** ... the part of the teacher's variance that the student explains, and */
    readonly explained: Correlation | undefined;
    /** ... the logarithm of its number of parameters. */
    readonly parameters: Correlation | undefined;
  };
}

export interface AnalysisOptions {
  /** Products of two choices that the regressions have besides the choices themselves. */
  readonly interactions?: readonly Interaction[];
}

/** What the hyperparameters act on. */
export const TARGETS = ['quality', 'latency', 'size'] as const;
export type Target = (typeof TARGETS)[number];

const OBJECTIVES: readonly Direction[] = ['higher', 'lower'];
const DRAWS = 1000;

/** The blog post's budget in milliseconds: FRILL is its best model below it. */
export const BUDGET_MS = 10;

export function meanQuality(quality: readonly TaskQuality[]): number {
  return quality.reduce((sum, task) => sum + task.value, 0) / quality.length;
}

export function analyse(results: StudyResults, { interactions = [] }: AnalysisOptions = {}): Analysis {
  const latencies = new Map(
    (results.latency?.models ?? [])
      .filter((model) => model.path === 'model')
      .map((model) => [model.name, model]),
  );
  const students = results.students;
  const subjects = students.map(({ name, quality }) => ({ quality, latency: latencies.get(name) }));
  const points = subjects.map(({ quality, latency }) => [
    meanQuality(quality),
    latency?.medianMs ?? Number.NaN,
  ]);
  const measured = students.flatMap((_, index) => (Number.isNaN(points[index][1]) ? [] : [index]));
  const measuredPoints = measured.map((index) => points[index]);
  const members = new Set(paretoFrontier(measuredPoints, OBJECTIVES).map((place) => measured[place]));
  const draws = redraws([...subjects, ...results.representations], DRAWS, 'study');
  const { certainty, sizes } = frontierDraws(
    draws.map(({ quality, latencyMs }) => measured.map((index) => [quality[index], latencyMs[index]])),
    OBJECTIVES,
  );
  const certaintyOf = new Map(measured.map((index, place) => [index, certainty[place]]));
  const rows = students.map((student, index): StudentRow => {
    const latency = latencies.get(student.name);
    return {
      student,
      quality: points[index][0],
      latencyMs: points[index][1],
      latencyIntervalMs: latency?.intervalMs ?? [Number.NaN, Number.NaN],
      sizeMiB: student.bytes / MIB,
      isFrontier: members.has(index),
      certainty: certaintyOf.get(index) ?? 0,
    };
  });
  const qualities = rows.map(({ quality }) => quality);
  const frontier = rows.filter((row) => row.isFrontier).sort((a, b) => a.latencyMs - b.latencyMs);
  const best = frontier.filter((row) => row.latencyMs <= BUDGET_MS).at(-1) ?? frontier.at(-1);
  return {
    rows,
    frontier,
    best,
    bestAgainst: best ? differences(rows.indexOf(best), results, draws) : [],
    effects: {
      quality: effectsOn(rows, (row) => row.quality, interactions),
      latency: effectsOn(rows, (row) => row.latencyMs, interactions),
      size: effectsOn(rows, (row) => row.sizeMiB, interactions),
    },
    frontierSize: [quantile(sizes, 0.025), quantile(sizes, 0.975)],
    ties: duplicates(measuredPoints).map((places) => places.map((place) => students[measured[place]].name)),
    pairs: matchedPairs(
      rows.map(({ student, quality, latencyMs }) => ({
        config: student.config,
        quality,
        latencyMs,
        bytes: student.bytes,
        explained: explainedBy(student),
      })),
      draws,
      random('pairs'),
    ),
    correlations: {
      explained: correlation(students.map(explainedBy), qualities),
      parameters: correlation(
        students.map(({ parameters }) => Math.log(parameters)),
        qualities,
      ),
    },
  };
}

/** A student against the others; the same test clips for both sides, so that their luck cancels. */
function differences(
  index: number,
  { students, representations }: StudyResults,
  draws: readonly Draw[],
): Analysis['bestAgainst'] {
  return representations.map(({ name, quality }, place) => {
    const redrawn = draws.map((one) => 100 * (one.quality[index] - one.quality[students.length + place]));
    return {
      name,
      mean: 100 * (meanQuality(students[index].quality) - meanQuality(quality)),
      interval: [quantile(redrawn, 0.025), quantile(redrawn, 0.975)],
    };
  });
}

/** Part of its teacher's variance that a student predicts on held-out windows; NaN where none were held out. */
export function explainedBy({ training }: StudentResult): number {
  return training.validation.at(-1)?.[2] ?? Number.NaN;
}

function effectsOn(
  rows: readonly StudentRow[],
  target: (row: StudentRow) => number,
  interactions: readonly Interaction[],
): Effects | string {
  const usable = rows.filter((row) => Number.isFinite(target(row)));
  if (usable.length === 0) return 'it was not measured yet';
  try {
    return effects(
      usable.map((row) => factorsOf(row.student.config)),
      usable.map(target),
      { interactions },
    );
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
