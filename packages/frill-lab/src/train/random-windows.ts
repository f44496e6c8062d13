/**
 * Windows that are cut anew in every epoch, at random places of the recordings, and made different by an augmentation, with what the
 * teacher says of them: the data of long trainings. Samples and teacher's values are computed once (sample-store.ts,
 * teacher-grid.ts); cutting, changing and the front end run on threads beside the training.
 */
import { type Frontend, InputError } from 'frill-audio';
import { z } from 'zod';
import type { AskTeacher } from '../corpus/ask-teacher.js';
import type { Augmentation } from '../corpus/augment/augmentation.js';
import { bandSums } from '../corpus/band-sums.js';
import type { Clip } from '../corpus/corpus.js';
import { prepareSamples, type Recording } from '../corpus/sample-store.js';
import { prepareTeacherGrid } from '../corpus/teacher-grid.js';
import { type Teacher, valuesOf } from '../corpus/teacher-values.js';
import { type CutterData, type CutWindows, TrainingWindowCutter } from '../corpus/training-window-cutter.js';
import { type CutterThreads, openCutterThreads } from '../corpus/training-window-cutter-threads.js';
import { holdOut, type SkippedClip } from '../corpus/window-features.js';
import { windowTable } from '../corpus/window-table.js';
import { contentName } from '../run/content-name.js';
import type { Progress } from '../run/progress.js';
import { type Batch, RowOrder } from './batches.js';
import type { BatchStream, DistillationRows } from './distillation-rows.js';
import { type Balance, drawWeights } from './draw-weights.js';
import { WeightedOrder } from './weighted-order.js';

export interface RandomWindowsOptions extends Balance {
  readonly clips: readonly Clip[];
  readonly teacher: Teacher;
  /** Who asks it along the recordings; this process by default. */
  readonly ask?: AskTeacher | undefined;
  readonly frontend: Frontend;
  /** Folder of the stores, which corpora and runs share. */
  readonly folder: string;
  /** Most seconds between two places that the teacher's values are known at. */
  readonly spacing: number;
  /** See `CutterData`: 0 cuts windows at those places, 0.5 anywhere, with targets between two. */
  readonly jitter: number;
  readonly augmentation: Augmentation;
  /** `clean`: the student is to hear through the changes. `same`: the teacher is asked in every step about what the student hears. */
  readonly teacherHears: 'clean' | 'same';
  /** Share of the clips that are held out. */
  readonly validationFraction: number;
  /** Every recording is also learnt from at one of these speeds, as another voice: the teacher hears it at that speed too. */
  readonly speeds?: readonly number[];
  /** Threads that prepare windows. */
  readonly loaders: number;
  readonly strict?: boolean;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

export interface RandomWindows extends DistillationRows {
  readonly skipped: readonly SkippedClip[];
  close(): Promise<void>;
}

/** Windows that the statistics of features are measured on. */
const STATISTICS_ROWS = 4096;

/** Opens the data, computing what is missing. Throws as `prepareSamples` and `prepareTeacherGrid` do. */
export async function openRandomWindows(options: RandomWindowsOptions): Promise<RandomWindows> {
  const { teacher, frontend, seed, augmentation, jitter, teacherHears, temperature, clusters, loaders } =
    options;
  if (augmentation.speed && teacherHears === 'clean')
    throw new InputError({
      what: 'an augmentation that changes speed, for a teacher that hears the clean window',
      remedy: 'Leave speed out: it changes what the teacher would say; or let the teacher hear the same',
    });
  const { recordings, skipped } = await prepareSamples(options);
  const spacing = Math.round(options.spacing * frontend.parameters.sampleRate);
  const grid = await prepareTeacherGrid({
    ...options,
    recordings,
    frontend: frontend.parameters,
    spacing,
  });
  const table = windowTable(recordings, grid);
  const clips = recordings.map(({ clip }) => clip);
  const { train, validation } = holdOut(table.clip, clips, `${seed}/validation`, options.validationFraction);
  // A clip is held out at all its speeds, and measured as it was recorded.
  const split = { train, validation: validation.filter((row) => recordings[table.clip[row]].speed === 1) };
  const data: CutterData = {
    table,
    frontend: frontend.parameters,
    dimension: teacher.dimension,
    augmentation,
    jitter,
    ...backgrounds(clips, new Set(Array.from(split.train, (row) => table.clip[row]))),
  };
  const cutter = await TrainingWindowCutter.open(data);
  const threads = await openCutterThreads(data, { threads: loaders });
  const about = {
    recordings: contentName(recordings.map(({ key }) => key)),
    windows: 'cut at random',
    recipe: z.json().parse(augmentation),
    temperature,
    // Absent where there are none, as before there was a choice: a run goes on under its name.
    ...(clusters > 0 && { clusters }),
    spacing,
    jitter,
  };
  const width = frontend.parameters.frames * frontend.parameters.melBands;
  const rows = table.clip.length;
  const close = async () => {
    cutter.close();
    await threads.close();
  };
  const asTheyAre = (wanted: ArrayLike<number>) =>
    cutter.cut({ seed, step: 0, rows: Uint32Array.from(wanted), windows: 'as they are' });
  const targets = {
    rows,
    width: teacher.dimension,
    about: { grid: grid.name, teacher: teacher.name, identity: teacher.identity, hears: teacherHears },
    read: async (wanted: ArrayLike<number>, into: Float32Array) =>
      cutter.targets(Uint32Array.from(wanted), into),
    close: async () => {},
  };
  const source = sources(recordings);
  const weights = await drawWeights(split.train, (row) => source[table.clip[row]], targets, options);
  const orderOf = (name: string) =>
    weights ? new WeightedOrder(split.train, weights, name) : new RowOrder(split.train, name);
  const features = {
    rows,
    width,
    about,
    read: async (wanted: ArrayLike<number>, into: Float32Array) => into.set(asTheyAre(wanted).features),
    close,
  };
  return {
    name: contentName(about),
    features,
    targets,
    split,
    featureStatistics: await bandStatistics(features, split.train, frontend.parameters.melBands),
    batches: (stream) =>
      batches(stream, orderOf(stream.seed), threads, teacherHears === 'same' ? teacher : undefined),
    skipped,
    close,
  };
}

/** While a batch is used, the next are being cut; and a teacher that hears the same is asked about them. */
async function* batches(
  { seed, batch, first, last }: BatchStream,
  order: RowOrder | WeightedOrder,
  threads: CutterThreads,
  teacher: Teacher | undefined,
): AsyncGenerator<Batch> {
  const keepSamples = teacher !== undefined;
  const cut = async (step: number): Promise<Batch> => {
    const rows = order.batch(step, batch);
    const windows = await threads.cut({ seed, step, rows, windows: 'varied', keepSamples });
    return [windows.features, teacher ? await asked(teacher, windows, batch) : windows.targets];
  };
  const ahead: Promise<Batch>[] = [];
  for (let step = first, next = first; step < last; step++) {
    for (; next < last && next <= step + threads.concurrency; next++) {
      const cutting = cut(next);
      cutting.catch(() => {}); // reported when awaited, which may be some training steps later
      ahead.push(cutting);
    }
    const ready = await ahead.shift();
    if (ready) yield ready;
  }
}

/** What the teacher says of the changed windows. */
async function asked(
  teacher: Teacher,
  { samples = new Float32Array(0) }: CutWindows,
  batch: number,
): Promise<Float32Array> {
  const length = samples.length / batch;
  const windows = Array.from({ length: batch }, (_, i) => samples.slice(i * length, (i + 1) * length));
  const values = await valuesOf(teacher, windows, (window) => `changed window ${window} of a batch`);
  const targets = new Float32Array(batch * teacher.dimension);
  for (const [row, data] of values.entries()) targets.set(data, row * teacher.dimension);
  return targets;
}

/** Which clips of those to train on have speech, and which have none: as their kind says, or whether they have a language. */
function backgrounds(clips: readonly Clip[], train: ReadonlySet<number>) {
  const numbers = clips.map((_, index) => index).filter((index) => train.has(index));
  const isSpeech = (index: number): boolean | undefined => {
    const { kind, language } = clips[index].labels;
    return kind ? kind === 'speech' : language === undefined ? undefined : language !== '';
  };
  return {
    noise: Uint32Array.from(numbers.filter((index) => isSpeech(index) === false)),
    voices: Uint32Array.from(numbers.filter((index) => isSpeech(index) === true)),
  };
}

/** The source of each recording by number: as the manifest says, or the first part of the clip's id. */
function sources(recordings: readonly Recording[]): Uint32Array {
  const numbers = new Map<string, number>();
  return Uint32Array.from(recordings, ({ clip: { id, labels } }) => {
    const source = labels.source ?? id.split('/')[0];
    const number = numbers.get(source) ?? numbers.size;
    numbers.set(source, number);
    return number;
  });
}

/** Mean and deviation of each mel band over (a spread of) the rows. */
async function bandStatistics(features: DistillationRows['features'], train: Uint32Array, bands: number) {
  const { count, sum, squares } = await bandSums(features, train, bands, STATISTICS_ROWS);
  const mean = Float32Array.from(sum, (total) => total / count);
  const deviation = Float32Array.from(squares, (total, band) =>
    Math.sqrt(Math.max(0, total / count - mean[band] ** 2)),
  );
  return { mean, deviation };
}
