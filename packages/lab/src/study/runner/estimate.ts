/**
 * What a study will take, before it starts. A few real training steps of the cheapest, a middling and the dearest student are
 * timed; the others are placed between them by arithmetic.
 */
import { freemem } from 'node:os';
import { z } from 'zod';
import { compileTraining } from '../../engine/ort/training.js';
import { countMultiplyAccumulates, countParameters } from '../../models/count.js';
import { initialise } from '../../models/initialise.js';
import { buildStudent } from '../../models/student.js';
import { type StudentConfig, studentName } from '../../models/student-config.js';
import { random } from '../../tensor/random.js';

/** What a training step of a student works on. */
export interface TrainingCost {
  readonly config: StudentConfig;
  /** Forward multiply-accumulates of one window, head included. */
  readonly multiplyAccumulates: number;
  /** Numbers that the optimiser moves, head included. */
  readonly parameters: number;
}

export const timingSchema = z.object({
  name: z.string(),
  secondsPerStep: z.number(),
  /** Building and compiling, once a training. */
  setupSeconds: z.number(),
  /** Memory of the process while training. */
  bytes: z.number(),
});

export type Timing = z.infer<typeof timingSchema>;

export interface Estimate {
  /** By student. */
  readonly secondsOf: ReadonlyMap<string, number>;
  readonly seconds: number;
  readonly diskBytes: number;
  readonly memoryBytes: number;
  readonly freeBytes: number;
}

export function trainingCost(config: StudentConfig, targetWidth: number): TrainingCost {
  const { prediction } = buildStudent(config, { batch: 1, mode: 'inference', targetWidth });
  return {
    config,
    multiplyAccumulates: countMultiplyAccumulates(prediction),
    parameters: countParameters(prediction),
  };
}

const TIMED_STEPS = 3;

/** Times a few steps on random numbers. */
export async function timeTraining(
  config: StudentConfig,
  { targetWidth, batch, threads }: { targetWidth: number; batch: number; threads: number },
): Promise<Timing> {
  const began = performance.now();
  const student = buildStudent(config, { batch, mode: 'training', targetWidth });
  const weights = initialise(student.graph, 'calibration');
  const program = await compileTraining(student.graph, student.loss, { threads, weights });
  const stream = random('calibration');
  const noise = (length: number) => Float32Array.from({ length }, () => stream.normal());
  const feeds = new Map([
    [student.input, noise(batch * 96 * 64)],
    [student.target, noise(batch * targetWidth)],
  ]);
  if (student.alpha) feeds.set(student.alpha, Float32Array.of(0.5));
  if (student.bits) feeds.set(student.bits, Float32Array.of(8));
  await program.step(feeds, 1e-4);
  const setupSeconds = (performance.now() - began) / 1000;
  const times: number[] = [];
  for (let step = 0; step < TIMED_STEPS; step++) {
    const start = performance.now();
    await program.step(feeds, 1e-4);
    times.push((performance.now() - start) / 1000);
  }
  const bytes = process.memoryUsage().rss;
  await program.close();
  return {
    name: studentName(config),
    secondsPerStep: times.sort((a, b) => a - b)[Math.floor(TIMED_STEPS / 2)],
    setupSeconds,
    bytes,
  };
}

/** Relative work of a step: multiplications forward and twice backward, and the optimiser's pass over memory. */
function workOf({ multiplyAccumulates, parameters }: TrainingCost, batch: number): number {
  return 6 * multiplyAccumulates * batch + 80 * parameters;
}

/** The students to time: cheapest, median and dearest. */
export function calibrationChoice(costs: readonly TrainingCost[], batch: number): TrainingCost[] {
  const ranked = [...costs].sort((a, b) => workOf(a, batch) - workOf(b, batch));
  const places = new Set([0, Math.floor(ranked.length / 2), ranked.length - 1]);
  return [...places].map((place) => ranked[place]);
}

export interface StudyWork {
  readonly costs: readonly TrainingCost[];
  readonly timings: readonly Timing[];
  readonly steps: number;
  readonly batch: number;
  readonly workers: number;
  /** Windows that every student embeds when it is evaluated. */
  readonly evaluationWindows: number;
  /** Everything else of an evaluation: reading audio, fitting probes. */
  readonly probeSeconds: number;
}

/** Seconds of inference for a multiply-accumulate in LiteRT.js, and a window's overhead (one core). */
const INFERENCE_SECONDS_PER_MAC = 1.1e-10;
const INFERENCE_SECONDS_PER_WINDOW = 0.4e-3;

/** Interpolates the timings and adds up. Exact for the students that were timed. */
export function estimate(work: StudyWork): Estimate {
  const { costs, timings, steps, batch, workers } = work;
  const timed = timings
    .map((timing) => {
      const cost = costs.find(({ config }) => studentName(config) === timing.name);
      if (!cost) throw new RangeError(`estimate: ${timing.name} is not among the students`);
      return { ...timing, work: workOf(cost, batch) };
    })
    .sort((a, b) => a.work - b.work);
  const secondsOf = new Map<string, number>();
  let memory = 0;
  for (const cost of costs) {
    const at = workOf(cost, batch);
    const step = interpolate(timed, at, (timing) => timing.secondsPerStep);
    const setup = interpolate(timed, at, (timing) => timing.setupSeconds);
    memory = Math.max(
      memory,
      interpolate(timed, at, (timing) => timing.bytes),
    );
    const inference =
      work.evaluationWindows *
      (cost.multiplyAccumulates * INFERENCE_SECONDS_PER_MAC + INFERENCE_SECONDS_PER_WINDOW);
    secondsOf.set(studentName(cost.config), setup + steps * step + inference + work.probeSeconds);
  }
  const all = [...secondsOf.values()];
  const total = all.reduce((sum, value) => sum + value, 0);
  return {
    secondsOf,
    seconds: Math.max(total / workers, ...all),
    // The exported file; while training, two checkpoints with both of Adam's moments.
    diskBytes:
      costs.reduce((sum, { parameters }) => sum + 4 * parameters, 0) +
      workers * 24 * Math.max(...costs.map(({ parameters }) => parameters)),
    memoryBytes: workers * memory,
    freeBytes: freemem(),
  };
}

/** Piecewise linear in the work; beyond the ends in proportion to it. */
function interpolate<T extends { readonly work: number }>(
  timed: readonly T[],
  work: number,
  value: (timing: T) => number,
): number {
  const above = timed.findIndex((timing) => timing.work >= work);
  if (above <= 0) {
    const end = above === 0 ? timed[0] : timed[timed.length - 1];
    return value(end) * Math.max(1, work / end.work);
  }
  const [low, high] = [timed[above - 1], timed[above]];
  const share = (work - low.work) / (high.work - low.work);
  return value(low) + share * (value(high) - value(low));
}
