/** The estimate before the start: tries a few students in workers, as many at a time as there will be, and reckons the rest. */
import { availableParallelism, freemem } from 'node:os';
import { InputError } from 'frill-audio';
import { type StudentConfig, studentName } from '../../models/student-config.js';
import type { StudentResult } from '../records.js';
import { factorisations, forwardPasses } from './distillation-options.js';
import {
  costliestTask,
  type Estimate,
  estimate,
  probesOfAll,
  trainingCost,
  trialChoice,
} from './estimate.js';
import { compareForecast, type EstimateRecord } from './forecast.js';
import type { StudentWork } from './student-work.js';
import type { StudentsStage } from './students.js';
import { type Timing, timingSchema } from './trial.js';
import { runJobs } from './worker-pool.js';

export const WORKER = new URL('./student-worker.js', import.meta.url);

const MIB = 2 ** 20;

/** All cores are used once: by as many workers, or by the threads of fewer. */
export function threadsFor(workers: number): number {
  return Math.max(1, Math.floor(availableParallelism() / workers));
}

/** An estimate counts against experience when so many students were made. */
const EXPERIENCE = 4;

/**
 * What an earlier session has foreseen of these students, corrected by what those made have taken. Undefined where it was for other
 * students or workers.
 */
export function foreseenBefore(
  estimates: readonly EstimateRecord[],
  made: readonly StudentResult[],
  missing: readonly StudentConfig[],
  workers: number,
): Estimate | undefined {
  const names = missing.map(studentName);
  const known = estimates.findLast(
    (estimate) => estimate.workers === workers && names.every((name) => name in estimate.secondsOf),
  );
  if (!known) return undefined;
  const experience = compareForecast([known], made);
  const pace =
    experience && experience.students >= EXPERIENCE ? experience.tookSeconds / experience.expectedSeconds : 1;
  const secondsOf = new Map(names.map((name) => [name, pace * known.secondsOf[name]]));
  const all = [...secondsOf.values()];
  return {
    secondsOf,
    partsOf: new Map(Object.entries(known.partsOf ?? {})),
    seconds: Math.max(all.reduce((sum, value) => sum + value, 0) / workers, ...all),
    diskBytes: known.diskBytes,
    memoryBytes: known.memoryBytes,
    freeBytes: freemem(),
  };
}

/** What `missing` will take on so many workers. Throws InputError when no student can be tried. */
export async function foresee(
  { session, options, tasksFile, teacher, evaluationClips }: StudentsStage,
  missing: readonly StudentConfig[],
  workers: number,
): Promise<Estimate> {
  const { folder, progress, signal } = session;
  const costs = missing.map((config) => trainingCost(config, teacher.dimension));
  // Every trial on all workers at once: side by side they share caches and memory, as the real ones will.
  const teacherResult = (await folder.representations()).find(({ role }) => role === 'teacher');
  const jobs = trialChoice(costs, options.batch).flatMap(({ config }, index) => {
    const payload: StudentWork = {
      kind: 'try',
      options,
      tasksFile,
      config,
      targetWidth: teacher.dimension,
      threads: threadsFor(workers),
      factorises: costs.some(({ factorisedInputs }) => factorisedInputs > 0),
      // Probes cost the same for all; the cheapest student gets to them soonest.
      probeTask: index === 0 ? costliestTask(teacherResult) : undefined,
    };
    return Array.from({ length: workers }, () => ({ name: studentName(config), payload }));
  });
  const timings: Timing[] = [];
  const reasons: string[] = [];
  const step = progress.start('estimate', jobs.length, 'trials');
  await runJobs({
    entry: WORKER,
    workers,
    signal,
    jobs,
    async onDone(_name, result) {
      timings.push(timingSchema.parse(result));
      step.advance(timings.length);
    },
    async onFailed(name, reason) {
      const [first] = reason.split('\n');
      reasons.push(first);
      progress.say(`the trial of ${name} failed: ${first}`);
    },
  });
  if (timings.length === 0)
    throw new InputError({
      what: `no student can be trained here: ${reasons[0] ?? 'none was tried'}`,
      where: folder.path,
    });
  step.finish(`${(Math.max(...timings.map(({ bytes }) => bytes)) / MIB).toFixed(0)} MiB at most`);
  return estimate({
    costs,
    timings,
    // A step is a pass forward and two backward.
    steps: options.steps + forwardPasses(options) / 3,
    batch: options.batch,
    factorisations: factorisations(options),
    workers,
    clips: evaluationClips,
    probeSeconds: probesOfAll(teacherResult, timings),
  });
}
