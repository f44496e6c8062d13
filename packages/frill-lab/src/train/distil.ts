/**
 * Distillation: a student learns to say of a window of sound what the teacher says of it (Peplinski et al. 2021; Hinton
 * et al. 2015). Mean squared error, or cosine distance, through a linear head or none; Adam. The folder holds the run while it lasts (see
 * training-run.ts) and the finished student after it (see student-folder.ts).
 */
import { InputError } from 'frill-audio';
import type { Device } from '../engine/device.js';
import { providerOf } from '../engine/ort/provider.js';
import { type StudentConfig, studentConfigSchema, studentName } from '../models/student-config.js';
import { contentName } from '../run/content-name.js';
import { type Progress, silent } from '../run/progress.js';
import { Distillation } from './distillation.js';
import { type DistillationOptions, distillationOptionsSchema } from './distillation-options.js';
import { checkRows, type DistillationRows } from './distillation-rows.js';
import { firstValues } from './first-values.js';
import type { HistoryRecord } from './history.js';
import { inheritWeights } from './inherited-weights.js';
import { type FinishedStudent, studentFolders } from './student-folder.js';
import { measureTargets } from './target-scale.js';
import { trainInFolder } from './training-job.js';

export interface DistillationJob {
  readonly config: StudentConfig;
  readonly data: DistillationRows;
  readonly options: DistillationOptions;
  readonly folder: string;
  /** A finished student whose weights this one starts with; see inherited-weights.ts. */
  readonly from?: FinishedStudent | undefined;
  /** Threads of the engine; another number gives other rounding. */
  readonly threads?: number;
  /** What computes the steps; the processor by default. A GPU gives other rounding. */
  readonly device?: Device | undefined;
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
 * Throws InputError where the folder is in use or holds another job, or there is no such device, DeviceError where the device computes
 * something else, ModelError where the data does not fit,
 * TrainingError where numbers break, and the signal's reason when stopped.
 */
export async function distil(job: DistillationJob): Promise<DistillationResult> {
  const { folder, from, threads = 2, device = 'cpu', progress = silent, signal } = job;
  const config = studentConfigSchema.parse(job.config);
  const options = distillationOptionsSchema.parse(job.options);
  checkRows(job.data);
  const data = withoutHead(job.data, config, options);
  const inherited = from && inheritWeights(from, config);
  const provenance = {
    features: data.features.about,
    targets: data.targets.about,
    ...(from && { from: from.training }),
  };
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
      const session = { threads, provider: await providerOf(device) };
      const targetStatistics = await measureTargets(data.targets, data.split.train);
      return Distillation.start({
        config,
        options,
        data,
        targetStatistics,
        session,
        checkpoint,
        from: inherited,
      });
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

/** Throws InputError where the embedding is to be the prediction, and the teacher has fewer values. */
export function checkPrediction(
  { bottleneck }: StudentConfig,
  head: DistillationOptions['head'],
  teacherValues: number,
): void {
  if (head === 'none' && bottleneck > teacherValues)
    throw new InputError({
      what: `an embedding of ${bottleneck} values cannot be the prediction of a teacher of ${teacherValues}`,
      remedy: `Choose a bottleneck of ${teacherValues} or fewer, or a linear head`,
    });
}

/** Where the embedding is the prediction, it is of the first values of the teacher. Throws InputError as `checkPrediction`. */
function withoutHead(
  data: DistillationRows,
  config: StudentConfig,
  { head, averaging, freezeStatistics }: DistillationOptions,
): DistillationRows {
  if (averaging > 0 && freezeStatistics === 1)
    throw new InputError({
      what: 'averaging starts when the statistics of batch normalisation freeze, but here they never do',
      remedy: 'Freeze statistics before the end, or leave averaging out',
    });
  checkPrediction(config, head, data.targets.width);
  return head === 'linear' ? data : firstValues(data, config.bottleneck);
}
