/**
 * Distillation: a student learns to say of a window of sound what the teacher says of it (Peplinski et al. 2021; Hinton
 * et al. 2015). Mean squared error through a linear head, Adam. The folder holds the run while it lasts (see
 * training-run.ts) and the finished student after it (see student-folder.ts).
 */
import { type StudentConfig, studentConfigSchema, studentName } from '../models/student-config.js';
import { contentName } from '../run/content-name.js';
import { type Progress, silent } from '../run/progress.js';
import { Distillation } from './distillation.js';
import { type DistillationOptions, distillationOptionsSchema } from './distillation-options.js';
import { checkRows, type DistillationRows } from './distillation-rows.js';
import type { HistoryRecord } from './history.js';
import { type FinishedStudent, studentFolders } from './student-folder.js';
import { measureTargets } from './target-scale.js';
import { trainInFolder } from './training-job.js';

export interface DistillationJob {
  readonly config: StudentConfig;
  readonly data: DistillationRows;
  readonly options: DistillationOptions;
  readonly folder: string;
  /** Of the engine; another number gives other rounding. */
  readonly threads?: number;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

export interface DistillationResult {
  readonly student: FinishedStudent;
  readonly history: readonly HistoryRecord[];
}

/**
 * Distils a student, or goes on where an interrupted run of the same job stopped; a finished one is returned at once.
 * The same job on the same machine with the same number of threads gives the same weights, interrupted or not.
 * Throws InputError where the folder is in use or holds another job, ModelError where the data does not fit,
 * TrainingError where numbers break, and the signal's reason when stopped.
 */
export async function distil(job: DistillationJob): Promise<DistillationResult> {
  const { data, folder, threads = 2, progress = silent, signal } = job;
  const config = studentConfigSchema.parse(job.config);
  const options = distillationOptionsSchema.parse(job.options);
  checkRows(data);
  const provenance = { features: data.features.about, targets: data.targets.about };
  const training = contentName({ config, options, provenance, split: data.split.train.length });
  const { network, history } = await trainInFolder({
    ...options,
    title: `distil ${studentName(config)}`,
    name: training,
    folder,
    folders: studentFolders,
    progress,
    signal,
    async start(checkpoint) {
      const targetStatistics = await measureTargets(data.targets, data.split.train);
      return Distillation.start({ config, options, data, targetStatistics, threads, checkpoint });
    },
    finish: (trainee) => ({
      format: 1,
      name: studentName(config),
      config,
      training,
      options,
      provenance,
      ...(trainee.validation ? { validation: trainee.validation } : {}),
      weights: trainee.inferenceWeights(),
    }),
  });
  return { student: network, history };
}
