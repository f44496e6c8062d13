/**
 * Training a TRILL: windows close in time of one clip are drawn together, those of other clips apart, without labels
 * (Shor et al., Interspeech 2020; Jansen et al., ICASSP 2018). The folder holds the run while it lasts (see
 * training-run.ts) and the finished teacher after it (see teacher-folder.ts).
 */
import { InputError, ModelError, SAMPLE_RATE } from 'frill-audio';
import type { Device } from '../engine/device.js';
import { providerOf } from '../engine/ort/provider.js';
import { WINDOW_SHAPE } from '../models/student.js';
import { type TrillConfig, trillConfigSchema } from '../models/trill.js';
import { contentName } from '../run/content-name.js';
import { type Progress, silent } from '../run/progress.js';
import { PairOrder } from './clip-pairs.js';
import type { HistoryRecord } from './history.js';
import { type FinishedTeacher, teacherFolders } from './teacher-folder.js';
import { type TeacherOptions, teacherOptionsSchema } from './teacher-options.js';
import type { TeacherRows } from './teacher-rows.js';
import { trainInFolder } from './training-job.js';
import { TripletTraining } from './triplet-training.js';

export interface TeacherJob {
  readonly config: TrillConfig;
  readonly data: TeacherRows;
  readonly options: TeacherOptions;
  readonly folder: string;
  readonly threads?: number;
  /** What computes the steps, as in `DistillationJob`. */
  readonly device?: Device | undefined;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

export interface TeacherResult {
  readonly teacher: FinishedTeacher;
  readonly history: readonly HistoryRecord[];
}

/**
 * Narrow enough to train in a minute or two on two cores, for the built-in study: layer 19 is a quarter as wide as
 * TRILL's, 3,072 values.
 */
export const SMALL_TRILL: TrillConfig = trillConfigSchema.parse({
  stem: 16,
  widths: [16, 32, 64, 128],
  depths: [1, 1, 1, 1],
  embedding: 128,
});

/**
 * Trains a teacher, or goes on where an interrupted run of the same job stopped; a finished one is returned at once.
 * Throws what `distil` throws.
 */
export async function trainTeacher(job: TeacherJob): Promise<TeacherResult> {
  const { data, folder, threads = 2, device = 'cpu', progress = silent, signal } = job;
  const config = trillConfigSchema.parse(job.config);
  const options = teacherOptionsSchema.parse(job.options);
  const order = (rows: Uint32Array) =>
    new PairOrder(data.windows, rows, options.seed, options.closeness * SAMPLE_RATE);
  const pairs = { train: order(data.split.train), validation: order(data.split.validation) };
  checkRows(data, pairs.train, options);
  const provenance = { features: data.features.about };
  const training = contentName({ config, options, provenance, rows: data.split.train.length });
  const { network, history } = await trainInFolder({
    ...options,
    title: 'train TRILL',
    name: training,
    batch: 2 * options.clips,
    folder,
    folders: teacherFolders,
    progress,
    signal,
    async start(checkpoint) {
      const session = { threads, provider: await providerOf(device) };
      return TripletTraining.start({ config, options, data, pairs, session, checkpoint });
    },
    finish: (trainee) => ({
      format: 1,
      name: 'trill',
      config,
      training,
      options,
      provenance,
      ...(trainee.validation ? { validation: trainee.validation } : {}),
      weights: trainee.weights(),
    }),
  });
  return { teacher: network, history };
}

function checkRows({ features }: TeacherRows, pairs: PairOrder, { clips }: TeacherOptions): void {
  const [frames, bands] = WINDOW_SHAPE;
  if (features.width !== frames * bands)
    throw new ModelError({
      what: `the features are rows of ${features.width} values, not ${frames} frames of ${bands} bands`,
      remedy: "Prepare them with FRILL's front end",
    });
  if (pairs.clips < clips)
    throw new InputError({
      what: `only ${pairs.clips} clips have two windows or more, and a step needs ${clips}`,
      remedy:
        'Give longer clips (1.2 s or more) or more of them, take more windows a clip, or fewer clips a step',
    });
}
