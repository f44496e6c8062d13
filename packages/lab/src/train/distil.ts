/**
 * Distillation: a student learns to say of a window of sound what the teacher says of it (Peplinski et al. 2021; Hinton
 * et al. 2015). Mean squared error through a linear head, Adam. The folder holds the run while it lasts (see
 * training-run.ts) and the finished student after it (see student-folder.ts).
 */
import { InputError } from 'frill';
import { type StudentConfig, studentConfigSchema, studentName } from '../models/student-config.js';
import { contentName } from '../run/content-name.js';
import { lockFolder } from '../run/lock.js';
import { type Progress, silent } from '../run/progress.js';
import { removeCheckpoints } from './checkpoint.js';
import { Distillation } from './distillation.js';
import { type DistillationOptions, distillationOptionsSchema } from './distillation-options.js';
import { checkRows, type DistillationRows } from './distillation-rows.js';
import { type HistoryRecord, readHistory } from './history.js';
import { type FinishedStudent, findStudent, writeStudent } from './student-folder.js';
import { measureTargets } from './target-scale.js';
import { runTraining } from './training-run.js';

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
  const release = await lockFolder(folder);
  try {
    const finished = await findStudent(folder);
    if (finished && finished.training !== training)
      throw new InputError({
        what: `the folder holds another student (${finished.name}, or other options or data)`,
        where: folder,
        remedy: 'Choose another folder, or remove this one to start again',
      });
    if (finished) return { student: finished, history: await readHistory(folder) };

    const targetStatistics = await measureTargets(data.targets, data.split.train);
    const { trainee, history } = await runTraining(
      {
        title: `distil ${studentName(config)}`,
        name: training,
        folder,
        steps: options.steps,
        batch: options.batch,
        learningRate: options.learningRate,
        recordEvery: options.recordEvery,
        validateEvery: options.validateEvery,
        checkpointEvery: options.checkpointEvery,
        progress,
        signal,
      },
      (checkpoint) => Distillation.start({ config, options, data, targetStatistics, threads, checkpoint }),
    );
    const student: FinishedStudent = {
      format: 1,
      name: studentName(config),
      config,
      training,
      options,
      provenance,
      ...(trainee.validation ? { validation: trainee.validation } : {}),
      weights: trainee.inferenceWeights(),
    };
    await writeStudent(folder, student);
    await trainee.close();
    await removeCheckpoints(folder);
    return { student, history };
  } finally {
    await release();
  }
}
