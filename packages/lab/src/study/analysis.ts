/** From a run's results to what they say: one row a student, the frontier and how certain it is, the three regressions. */
import { resample } from '../bench/latency.js';
import { median } from '../bench/quantiles.js';
import { type Random, random } from '../tensor/random.js';
import { type Effects, effects, factorsOf } from './effects.js';
import { type Direction, frontierCertainty, paretoFrontier } from './frontier.js';
import type { StudentResult, StudyResults, TaskQuality } from './records.js';

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
}

/** What the hyperparameters act on. */
export const TARGETS = ['quality', 'latency', 'size'] as const;
export type Target = (typeof TARGETS)[number];

const OBJECTIVES: readonly Direction[] = ['higher', 'lower'];
const DRAWS = 1000;

export function meanQuality(quality: readonly TaskQuality[]): number {
  return quality.reduce((sum, task) => sum + task.value, 0) / quality.length;
}

export function analyse(results: StudyResults): Analysis {
  const latencies = new Map(
    (results.latency?.models ?? [])
      .filter((model) => model.path === 'model')
      .map((model) => [model.name, model]),
  );
  const students = results.students;
  const points = students.map((student) => [
    meanQuality(student.quality),
    latencies.get(student.name)?.medianMs ?? Number.NaN,
  ]);
  const measured = students.flatMap((_, index) => (Number.isNaN(points[index][1]) ? [] : [index]));
  const members = new Set(
    paretoFrontier(
      measured.map((index) => points[index]),
      OBJECTIVES,
    ).map((place) => measured[place]),
  );
  const outcomes = measured.map((index) => outcomesOf(students[index]));
  const medians = measured.map((index) => (latencies.get(students[index].name)?.rounds ?? []).map(median));
  const certainty = frontierCertainty(
    (stream) => {
      const clips = resampledClips(outcomes[0] ?? [], stream);
      return outcomes.map((tasks, place) => [
        redrawnQuality(tasks, clips, stream),
        median(resample(medians[place], stream)),
      ]);
    },
    OBJECTIVES,
    DRAWS,
    random('frontier'),
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
  return {
    rows,
    frontier: rows.filter((row) => row.isFrontier).sort((a, b) => a.latencyMs - b.latencyMs),
    effects: {
      quality: effectsOn(rows, (row) => row.quality),
      latency: effectsOn(rows, (row) => row.latencyMs),
      size: effectsOn(rows, (row) => row.sizeMiB),
    },
  };
}

function effectsOn(rows: readonly StudentRow[], target: (row: StudentRow) => number): Effects | string {
  const usable = rows.filter((row) => Number.isFinite(target(row)));
  if (usable.length === 0) return 'it was not measured yet';
  try {
    return effects(
      usable.map((row) => factorsOf(row.student.config)),
      usable.map(target),
    );
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A student's outcomes task by task, ready to be counted a thousand times. */
interface TaskOutcomes {
  readonly value: number;
  /** Standard error to draw from where no outcomes are stored. */
  readonly error: number;
  /** 1 where the clip was right; the test clips of a task are the same for every student. */
  readonly right: Uint8Array | undefined;
  readonly mean: number;
}

function outcomesOf({ quality }: StudentResult): TaskOutcomes[] {
  return quality.map(({ value, interval, outcomes }) => {
    const right = outcomes ? Uint8Array.from(outcomes, Number) : undefined;
    const mean = right ? right.reduce((sum, one) => sum + one, 0) / right.length : 0;
    return { value, error: (interval[1] - interval[0]) / (2 * 1.96), right, mean };
  });
}

/** For each task, which test clips this bootstrap draw consists of: the same ones for every student. */
function resampledClips(tasks: readonly TaskOutcomes[], stream: Random): (Uint32Array | undefined)[] {
  return tasks.map(
    ({ right }) => right && new Uint32Array(right.length).map(() => stream.integer(right.length)),
  );
}

/**
 * Mean quality in this draw: where outcomes are stored, the change of accuracy on the drawn clips is added to the score;
 * otherwise a normal draw as wide as the task's interval.
 */
function redrawnQuality(
  tasks: readonly TaskOutcomes[],
  clips: readonly (Uint32Array | undefined)[],
  stream: Random,
): number {
  let sum = 0;
  for (const [task, { value, error, right, mean }] of tasks.entries()) {
    const drawn = clips[task];
    if (right && drawn?.length === right.length) {
      let count = 0;
      for (let i = 0; i < drawn.length; i++) count += right[drawn[i]];
      sum += value + count / drawn.length - mean;
    } else sum += stream.normal(value, error);
  }
  return sum / tasks.length;
}
