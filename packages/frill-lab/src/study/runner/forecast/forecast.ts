/**
 * What a study will take, before it starts. A few students between the cheapest and the dearest are tried, on as many workers side by
 * side as there will be; the others are placed between them by arithmetic.
 */
import { freemem } from 'node:os';
import { studentName } from '../../../models/student-config.js';
import { median } from '../../../statistics/quantiles.js';
import type { RepresentationRecord } from '../../records.js';
import type { TrainingCost } from './training-cost.js';
import type { Timing } from './trial.js';

/** Seconds of a student's three parts. */
export interface StudentParts {
  readonly train: number;
  readonly embed: number;
  readonly probes: number;
}

export interface StudyForecast {
  /** Seconds of training, embedding and probes of each student, by its name; `secondsOf` has the whole. */
  readonly partsOf: ReadonlyMap<string, StudentParts>;
  readonly secondsOf: ReadonlyMap<string, number>;
  readonly seconds: number;
  readonly diskBytes: number;
  readonly memoryBytes: number;
  readonly freeBytes: number;
}

/** Relative work of a step: multiplications forward and twice backward, and the optimiser's pass over memory. */
function workOf({ multiplyAccumulates, parameters }: TrainingCost, batch: number): number {
  return 6 * multiplyAccumulates * batch + 80 * parameters;
}

const TRIALS = 5;

/** The students to try: the cheapest, the dearest and some between. */
export function trialChoice(costs: readonly TrainingCost[], batch: number): TrainingCost[] {
  const ranked = [...costs].sort((a, b) => workOf(a, batch) - workOf(b, batch));
  const places = Array.from({ length: TRIALS }, (_, i) =>
    Math.round((i / (TRIALS - 1)) * (ranked.length - 1)),
  );
  return [...new Set(places)].map((place) => ranked[place]);
}

export interface StudyWork {
  readonly costs: readonly TrainingCost[];
  /** Timings of the tried students, several each where they were tried side by side. */
  readonly timings: readonly Timing[];
  readonly steps: number;
  readonly batch: number;
  /** Factorisations in the training of a compressed student. */
  readonly factorisations: number;
  readonly workers: number;
  /** Clips that every student embeds when it is evaluated. */
  readonly clips: number;
  readonly probeSeconds: number;
}

/** Interpolates the timings and adds up. Exact for the students that were tried. */
export function forecast(work: StudyWork): StudyForecast {
  const { costs, timings, steps, batch, factorisations, workers } = work;
  const perInput = median(
    timings.flatMap(({ secondsPerFactorisedInput }) => secondsPerFactorisedInput ?? []),
  );
  const tried = costs
    .flatMap((cost) => {
      const own = timings.filter(({ name }) => name === studentName(cost.config));
      const mean = (value: (timing: Timing) => number) =>
        own.reduce((sum, timing) => sum + value(timing), 0) / own.length;
      if (own.length === 0) return [];
      return [
        {
          work: workOf(cost, batch),
          step: mean(({ secondsPerStep }) => secondsPerStep),
          setup: mean(({ setupSeconds }) => setupSeconds),
          clip: mean(({ secondsPerClip }) => secondsPerClip),
          bytes: mean(({ bytes }) => bytes),
        },
      ];
    })
    .sort((a, b) => a.work - b.work);
  if (tried.length === 0) throw new RangeError('forecast: none of the students was tried');
  const partsOf = new Map<string, StudentParts>();
  let memory = 0;
  for (const cost of costs) {
    const at = (value: (timing: (typeof tried)[number]) => number) =>
      interpolate(tried, workOf(cost, batch), value);
    memory = Math.max(
      memory,
      at(({ bytes }) => bytes),
    );
    partsOf.set(studentName(cost.config), {
      train:
        at(({ setup }) => setup) +
        steps * at(({ step }) => step) +
        (cost.factorisedInputs > 0 ? factorisations * cost.factorisedInputs * perInput : 0),
      embed: work.clips * at(({ clip }) => clip),
      probes: work.probeSeconds,
    });
  }
  const secondsOf = new Map(
    Array.from(partsOf, ([name, { train, embed, probes }]) => [name, train + embed + probes]),
  );
  const all = [...secondsOf.values()];
  const total = all.reduce((sum, value) => sum + value, 0);
  return {
    partsOf,
    secondsOf,
    seconds: Math.max(total / workers, ...all),
    // What is kept; while training, two checkpoints with both of Adam's moments.
    diskBytes:
      costs.reduce((sum, { keptBytes }) => sum + keptBytes, 0) +
      workers * 24 * Math.max(...costs.map(({ parameters }) => parameters)),
    memoryBytes: workers * memory,
    freeBytes: freemem(),
  };
}

/** Piecewise linear in the work; beyond the ends in proportion to it. */
function interpolate<T extends { readonly work: number }>(
  tried: readonly T[],
  work: number,
  value: (timing: T) => number,
): number {
  const above = tried.findIndex((timing) => timing.work >= work);
  if (above <= 0) {
    const end = above === 0 ? tried[0] : tried[tried.length - 1];
    return value(end) * Math.max(1, work / end.work);
  }
  const [low, high] = [tried[above - 1], tried[above]];
  const share = (work - low.work) / (high.work - low.work);
  return value(low) + share * (value(high) - value(low));
}

/** The task whose probes are worth trying: the one on which the teacher's took longest; undefined where that is not known. */
export function costliestTask(teacher: Probed | undefined): string | undefined {
  const tasks = Object.entries(teacher?.probeSeconds ?? {});
  return tasks.sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** Seconds of all tasks' probes: those of one task, tried, and of the others in proportion to the teacher's. */
export function probesOfAll(teacher: Probed | undefined, timings: readonly Timing[]): number {
  const tried = timings.flatMap(({ probeSeconds }) => probeSeconds ?? []);
  const task = costliestTask(teacher);
  const known = teacher?.probeSeconds ?? {};
  if (task === undefined || tried.length === 0) return teacher?.seconds ?? 0;
  const mean = tried.reduce((sum, seconds) => sum + seconds, 0) / tried.length;
  const all = Object.values(known).reduce((sum, seconds) => sum + seconds, 0);
  return (mean * all) / known[task];
}

type Probed = Pick<RepresentationRecord, 'seconds' | 'probeSeconds'>;
