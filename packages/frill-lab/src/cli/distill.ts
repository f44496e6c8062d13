/** `frill distill`: a student that says of a window of sound what a teacher says of it. */
import { InputError } from 'frill-audio';
import { z } from 'zod';
import type { AskTeacher } from '../corpus/ask-teacher.js';
import { providerOf } from '../engine/ort/provider.js';
import { engineLine } from '../models/representation-threads.js';
import { parseStudentName, type StudentConfig, studentConfigSchema } from '../models/student-config.js';
import { checkFolderDestination } from '../run/destination.js';
import { askByMachines } from '../study/machines/deal-rows.js';
import { dealingOptions } from '../study/machines/dealing-options.js';
import type { BottleneckSchedule } from '../train/bottleneck-schedule.js';
import { checkPrediction, distil } from '../train/distil.js';
import { distillationOptionsSchema } from '../train/distillation-options.js';
import { refuseStrangers } from '../train/inherited-weights.js';
import { openStudent } from '../train/open-student.js';
import { openTeacher, parseSource } from '../train/open-teacher.js';
import { parseSchedule } from '../train/schedule-words.js';
import type { FinishedStudent } from '../train/student-folder.js';
import { defineCommand, UsageError } from './command.js';
import type { Console } from './console.js';
import { deviceForValues, engineForValues } from './engine-option.js';
import { clipSources, trainingClips } from './training-clips.js';
import { trainingWindows, windowChoices } from './training-windows.js';

/** Defaults are those of the schemas that the library has. */
const student = studentConfigSchema.shape;
const training = distillationOptionsSchema.shape;

/** The learning rate that the library has where none is asked for. */
const USUAL = distillationOptionsSchema.parse({ steps: 1 }).learningRate;

const options = z.object({
  ...clipSources,
  teacher: z
    .string()
    .describe(
      'Released model by name, model file (.tflite, .onnx; FILE:OUTPUT chooses an output), or a folder that `frill teacher train` or `combine` wrote.',
    ),
  student: z
    .string()
    .default('small-1-gap')
    .describe(
      'Network to train: SIZE-WIDTH-POOLING[-lowrank][-qat], for example tiny-0.5-gap or large-2-flat-lowrank-qat.',
    ),
  out: z.string().describe('Folder of the run. The same command resumes it.'),
  steps: z.int().positive().default(1000).describe('Optimiser steps.'),
  batch: training.batch.describe('Windows per step.'),
  learningRate: z.number().positive().optional().describe(`Peak learning rate. By default ${USUAL.rate}.`),
  schedule: z
    .enum(['warmup-cosine', 'constant'])
    .default('warmup-cosine')
    .describe(
      'How the learning rate changes. warmup-cosine: it rises over the first 10 % of the steps, at most 500, and falls along a cosine to 2 % of the peak.',
    ),
  targets: training.targets.describe(
    "Scale of the teacher's values in the loss. raw: as they are. standardised: each value by its own deviation. centred: all values by one number, so that principal components keep their importance.",
  ),
  head: training.head.describe(
    "linear: a linear layer behind the embedding predicts the teacher's values and is dropped at export. none: the embedding itself predicts the first of them.",
  ),
  cosine: training.cosine.describe(
    'Share of the cosine distance in the loss, 0 to 1. The rest is mean squared error.',
  ),
  averaging: training.averaging.describe(
    'Decay per step of a running mean of the weights, for example 0.999. 0 averages nothing.',
  ),
  startFrom: z
    .string()
    .optional()
    .describe(
      'Released model by name, or folder of a finished student, whose weights are the start. It may be wider or narrower, have more blocks or a longer embedding: what fits is taken over.',
    ),
  refit: z
    .boolean()
    .default(false)
    .describe(
      'With --start-from: first fit the last layer to this teacher by least squares. For weights that learnt from another teacher.',
    ),
  input: student.input.describe(
    "Input layer. standardise: by the training data's mean and standard deviation. rescale: Keras' Rescaling.",
  ),
  bottleneck: student.bottleneck.describe('Number of values in the embedding.'),
  rank: z.int().positive().default(100).describe('Rank of the bottleneck of a -lowrank student.'),
  compression: z
    .string()
    .optional()
    .describe(
      'When the bottleneck of a -lowrank student is compressed: START-END/DECREMENTS, in fractions of the training. By default 0.1-0.5/50.',
    ),
  precision: z
    .string()
    .optional()
    .describe(
      'Bits of the bottleneck of a -qat student: FRACTION:BITS from each fraction of the training on, the last with 8 bits. By default 0.5:16,0.6:12,0.7:10,0.8:8.',
    ),
  ...windowChoices,
  seed: z.string().default('0').describe('Random seed of windows, initial weights and order.'),
  cache: z
    .string()
    .default('.cache/training')
    .describe('Folder for features and teacher values. Runs share it.'),
  threads: z.int().positive().default(2).describe('Threads of the training engine.'),
  engine: engineForValues,
  device: deviceForValues,
  ...dealingOptions,
});

export const distill = defineCommand({
  name: 'distill',
  summary: 'Train a small student to predict the embeddings of a teacher',
  options,
  groups: {
    'What learns from what': ['corpus', 'tasks', 'where', 'teacher', 'student', 'out'],
    Student: ['input', 'bottleneck', 'head', 'startFrom', 'refit'],
    Training: ['steps', 'batch', 'learningRate', 'schedule', 'targets', 'cosine', 'averaging', 'seed'],
    'Compressed students': ['rank', 'compression', 'precision'],
    'Training windows': [
      'windows',
      'windowsPerClip',
      'augment',
      'teacherHears',
      'speeds',
      'spacing',
      'jitter',
      'temperature',
      'clusters',
      'loaders',
    ],
    'Many machines': ['queue', 'serveOn', 'share'],
    'Running it': ['cache', 'engine', 'device', 'threads', 'strict'],
  },
  example: 'frill distill --corpus corpus --teacher runs/trill --student small-1-gap --out runs/student',
  async run(chosen, console) {
    const { out, threads, seed } = chosen;
    const { progress, signal } = console;
    const config = namedStudent(chosen);
    const bottleneck = schedule(chosen, config);
    const from = await ancestor(chosen, config);
    if (chosen.refit && !from)
      throw new UsageError({
        what: 'random weights have nothing to be refitted for',
        where: '--refit',
        remedy: 'Give --start-from too, or leave it out',
      });
    await providerOf(chosen.device);
    await checkFolderDestination(out);
    const clips = await trainingClips(chosen, console);
    const teacher = await openTeacher(chosen.teacher, { engine: chosen.engine, device: chosen.device });
    const line = engineLine(teacher);
    if (line) progress.say(line);
    checkPrediction(config, chosen.head, teacher.dimension);
    const ask = askerOf(chosen, console);
    const data = await trainingWindows({ clips, teacher, ask }, chosen, console);
    try {
      const { student, history } = await distil({
        config,
        data,
        options: distillationOptionsSchema.parse({
          steps: chosen.steps,
          batch: chosen.batch,
          seed,
          targets: chosen.targets,
          head: chosen.head,
          cosine: chosen.cosine,
          averaging: chosen.averaging,
          ...(chosen.refit && { refit: true }),
          bottleneck,
          ...learningRate(chosen),
        }),
        folder: out,
        from,
        threads,
        device: chosen.device,
        progress,
        signal,
      });
      const { weights: _, ...summary } = student;
      const { validation } = student;
      console.print(
        validation
          ? `${student.name}: explains ${(100 * validation.explained).toFixed(1)} % of the variance of the teacher's values on ${validation.rows} held-out windows (loss ${validation.loss.toPrecision(4)}). Written to ${out}`
          : `${student.name}: written to ${out}`,
      );
      return { ...summary, folder: out, skipped: data.skipped, history };
    } finally {
      await data.close();
      teacher.close();
    }
  },
});

/** Other machines ask the teacher, where there is a queue. */
function askerOf(
  { queue, serveOn, share, out, teacher, engine, device }: z.infer<typeof options>,
  { progress, signal }: Console,
): AskTeacher | undefined {
  if (queue === undefined) return undefined;
  const dealing = { run: out, queue, serveOn, share, follows: false, progress, signal };
  return askByMachines({ ...dealing, teacher: { ...parseSource(teacher), engine, device } });
}

function namedStudent({ student: name, rank, bottleneck, input }: z.infer<typeof options>): StudentConfig {
  try {
    return parseStudentName(name, { rank, bottleneck, input });
  } catch (error) {
    throw error instanceof InputError ? new UsageError({ ...error, where: `--student ${name}` }) : error;
  }
}

/**
 * The student to start from. One that does not fit is refused here, before hours of preparation. Throws UsageError then.
 */
async function ancestor(
  { startFrom }: z.infer<typeof options>,
  config: StudentConfig,
): Promise<FinishedStudent | undefined> {
  if (startFrom === undefined) return undefined;
  const student = await openStudent(startFrom);
  try {
    refuseStrangers(student.config, config);
  } catch (error) {
    throw error instanceof InputError
      ? new UsageError({ ...error, where: `--start-from ${startFrom}` })
      : error;
  }
  return student;
}

/** Throws UsageError for a schedule that cannot be read, or of something that this student does not do. */
function schedule(
  { student: name, compression, precision }: z.infer<typeof options>,
  config: StudentConfig,
): BottleneckSchedule {
  const idle =
    compression !== undefined && config.compression.kind === 'none'
      ? (['--compression', '-lowrank'] as const)
      : precision !== undefined && config.quantization === 'none'
        ? (['--precision', '-qat'] as const)
        : undefined;
  if (idle)
    throw new UsageError({
      what: `${name} does not use this schedule`,
      where: idle[0],
      remedy: `Add ${idle[1]} to the name of the student, or leave out ${idle[0]}`,
    });
  try {
    return parseSchedule({ compression, precision });
  } catch (error) {
    throw error instanceof InputError ? new UsageError(error) : error;
  }
}

function learningRate({ learningRate: rate, schedule, steps }: z.infer<typeof options>) {
  const highest = rate ?? USUAL.rate;
  if (schedule === 'constant') return { learningRate: { kind: 'constant', rate: highest } };
  const warmup = Math.min(Math.ceil(steps / 10), 500);
  return { learningRate: { kind: 'warmup-cosine', rate: highest, warmup, floor: 0.02 } };
}
