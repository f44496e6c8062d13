/** The forecast before the start: tries a few students in workers, as many at a time as there will be, and reckons the rest. */
import { availableParallelism, freemem } from 'node:os';
import { InputError } from 'frill-audio';
import { type StudentConfig, studentName } from '../../../models/student-config.js';
import type { StudentResult } from '../../records.js';
import type { TrialWork } from '../pool/student-work.js';
import { runJobs } from '../pool/worker-pool.js';
import { factorisations, forwardPasses } from '../steps/student-distillation.js';
import type { StudentsStage } from '../steps/students-stage.js';
import { costliestTask, forecast, probesOfAll, type StudyForecast, trialChoice } from './forecast.js';
import { compareForecast, type ForecastRecord } from './forecast-record.js';
import { trainingCost } from './training-cost.js';
import { type Timing, timingSchema } from './trial.js';

export const WORKER = new URL('../pool/student-worker.js', import.meta.url);

const MIB = 2 ** 20;

/** How many students are made side by side, and by how many threads each. */
export interface Crew {
  readonly workers: number;
  readonly threads: number;
}

/**
 * All cores are used once: by as many workers, or by the threads of fewer. The threads follow from all `students` of the study and not
 * from the `missing`: more of them add in another order, and a student that is left over from a killed run would get other bytes.
 */
export function crewFor(workers: number, students: number, missing: number): Crew {
  return {
    workers: Math.min(workers, missing),
    threads: Math.max(1, Math.floor(availableParallelism() / Math.min(workers, students))),
  };
}

/** A forecast counts against experience when so many students were made. */
const EXPERIENCE = 4;

/**
 * The forecast of an earlier session for these students, corrected by what those made have taken. Undefined where it was for other
 * students or workers.
 */
export function earlierForecast(
  forecasts: readonly ForecastRecord[],
  made: readonly StudentResult[],
  missing: readonly StudentConfig[],
  workers: number,
): StudyForecast | undefined {
  const names = missing.map(studentName);
  const known = forecasts.findLast(
    (forecast) => forecast.workers === workers && names.every((name) => name in forecast.secondsOf),
  );
  if (!known) return undefined;
  const experience = compareForecast([known], made);
  const correction =
    experience && experience.students >= EXPERIENCE ? experience.tookSeconds / experience.expectedSeconds : 1;
  const secondsOf = new Map(names.map((name) => [name, correction * known.secondsOf[name]]));
  const all = [...secondsOf.values()];
  return {
    secondsOf,
    partsOf: new Map(Object.entries(known.partsOf)),
    seconds: Math.max(all.reduce((sum, value) => sum + value, 0) / workers, ...all),
    diskBytes: known.diskBytes,
    memoryBytes: known.memoryBytes,
    freeBytes: freemem(),
  };
}

/** What `missing` will take on so many workers. Throws InputError when no student can be tried. */
export async function makeForecast(
  { session, options, tasksFile, targetWidth, evaluationClips }: StudentsStage,
  missing: readonly StudentConfig[],
  { workers, threads }: Crew,
): Promise<StudyForecast> {
  const { folder, progress, signal } = session;
  const costs = missing.map((config) => trainingCost(config, targetWidth));
  // Every trial on all workers at once: side by side they share caches and memory, as the real ones will.
  const teacherResult = (await folder.representations()).find(({ role }) => role === 'teacher');
  const jobs = trialChoice(costs, options.batch).flatMap(({ config }, index) => {
    const payload: TrialWork = {
      kind: 'try',
      options,
      tasksFile,
      config,
      targetWidth,
      threads,
      factorises: costs.some(({ factorisedInputs }) => factorisedInputs > 0),
      // Probes cost the same for all; the cheapest student gets to them soonest.
      probeTask: index === 0 ? costliestTask(teacherResult) : undefined,
    };
    return Array.from({ length: workers }, () => ({ name: studentName(config), payload }));
  });
  const timings: Timing[] = [];
  const reasons: string[] = [];
  const step = progress.start('forecast', jobs.length, 'trials');
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
  return forecast({
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
