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
    results.latency.models.filter((model) => model.path === 'model').map((model) => [model.name, model]),
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
  const certainty = frontierCertainty(
    (stream) => {
      const clips = resampledClips(students, stream);
      return measured.map((index) => {
        const rounds = latencies.get(students[index].name)?.rounds ?? [];
        return [redrawnQuality(students[index], clips, stream), median(resample(rounds, stream).map(median))];
      });
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
  try {
    return effects(
      usable.map((row) => factorsOf(row.student.config)),
      usable.map(target),
    );
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** For each task, which test clips this bootstrap draw consists of: the same ones for every student. */
function resampledClips(students: readonly StudentResult[], stream: Random): Map<string, Uint32Array> {
  const clips = new Map<string, Uint32Array>();
  for (const { task, outcomes } of students[0]?.quality ?? [])
    if (outcomes)
      clips.set(
        task,
        Uint32Array.from(outcomes, () => stream.integer(outcomes.length)),
      );
  return clips;
}

/**
 * Mean quality in this draw. Where per-clip outcomes are stored, the change of accuracy on the drawn clips is added;
 * otherwise a normal draw as wide as the task's interval.
 */
function redrawnQuality(
  { quality }: StudentResult,
  clips: ReadonlyMap<string, Uint32Array>,
  stream: Random,
): number {
  let sum = 0;
  for (const { task, value, interval, outcomes } of quality) {
    const drawn = clips.get(task);
    if (drawn && outcomes?.length === drawn.length) {
      let [right, all] = [0, 0];
      for (const [i, clip] of drawn.entries()) {
        if (outcomes[clip] === '1') right++;
        if (outcomes[i] === '1') all++;
      }
      sum += value + (right - all) / drawn.length;
    } else sum += stream.normal(value, (interval[1] - interval[0]) / (2 * 1.96));
  }
  return sum / quality.length;
}
