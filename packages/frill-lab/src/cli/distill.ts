/** `frill distill`: a student that says of a window of sound what a teacher says of it. */
import { InputError } from 'frill-audio';
import { z } from 'zod';
import { engineLine } from '../models/representation-threads.js';
import { parseStudentName, type StudentConfig, studentConfigSchema } from '../models/student-config.js';
import { checkFolderDestination } from '../run/destination.js';
import type { BottleneckSchedule } from '../train/bottleneck-schedule.js';
import { distil } from '../train/distil.js';
import { distillationOptionsSchema } from '../train/distillation-options.js';
import { openTeacher } from '../train/open-teacher.js';
import { parseSchedule } from '../train/schedule-words.js';
import { studentFolders } from '../train/student-folder.js';
import { defineCommand, UsageError } from './command.js';
import { engineForValues } from './engine-option.js';
import { clipSources, trainingClips } from './training-clips.js';
import { trainingWindows, windowChoices } from './training-windows.js';

/** Defaults are those of the schemas that the library has. */
const student = studentConfigSchema.shape;
const training = distillationOptionsSchema.shape;

const options = z.object({
  ...clipSources,
  teacher: z
    .string()
    .describe(
      'name of a released model, a .tflite or .onnx file (FILE:OUTPUT for one output), or the folder of `frill teacher train` or `combine`',
    ),
  student: z
    .string()
    .default('small-1-gap')
    .describe('SIZE-WIDTH-POOLING[-lowrank][-qat], e.g. tiny-0.5-gap, large-2-flat-lowrank-qat'),
  out: z.string().describe('folder of the run; the same command continues it'),
  steps: z.int().positive().default(1000).describe('optimiser steps'),
  batch: training.batch.describe('windows a step'),
  learningRate: z
    .number()
    .positive()
    .optional()
    .describe('at its highest; by default as docs/distill.md says'),
  schedule: z
    .enum(['warmup-cosine', 'constant'])
    .default('warmup-cosine')
    .describe('of the learning rate; constant as in the paper'),
  targets: training.targets.describe("scale of the teacher's values in the loss"),
  head: training.head.describe(
    "linear: a layer behind the embedding, dropped at export, gives the teacher's values; none: the embedding gives the first of them itself",
  ),
  cosine: training.cosine.describe('share of the cosine distance in the loss, 0 to 1'),
  averaging: training.averaging.describe('decay of a running mean of the weights, e.g. 0.999; 0 for none'),
  startFrom: z
    .string()
    .optional()
    .describe('folder of a finished student of the same network, to start from'),
  input: student.input.describe('input layer of the student'),
  bottleneck: student.bottleneck.describe('width of the embedding'),
  rank: z.int().positive().default(100).describe('of a low-rank bottleneck'),
  compression: z
    .string()
    .optional()
    .describe(
      'of a -lowrank student: parts of the training where it begins and ends, and in how many decrements (default: 0.1-0.5/50)',
    ),
  precision: z
    .string()
    .optional()
    .describe(
      "of a -qat student's bottleneck: part of the training and bits from there on, the last 8 (default: 0.5:16,0.6:12,0.7:10,0.8:8)",
    ),
  ...windowChoices,
  seed: z.string().default('0').describe('of windows, weights and order'),
  cache: z.string().default('.cache/training').describe('folder for features and targets, shared by runs'),
  threads: z.int().positive().default(2).describe('of the training engine'),
  engine: engineForValues,
});

export const distill = defineCommand({
  name: 'distill',
  summary: 'Train a small student to give the values of a teacher (mean squared error)',
  options,
  example: 'frill distill --corpus corpus --teacher runs/trill --student small-1-gap --out runs/student',
  async run(chosen, console) {
    const { out, threads, seed } = chosen;
    const { progress, signal } = console;
    const config = namedStudent(chosen);
    const bottleneck = schedule(chosen, config);
    const from = chosen.startFrom === undefined ? undefined : await studentFolders.read(chosen.startFrom);
    await checkFolderDestination(out);
    const clips = await trainingClips(chosen, console);
    const teacher = await openTeacher(chosen.teacher, { engine: chosen.engine });
    const line = engineLine(teacher);
    if (line) progress.say(line);
    const data = await trainingWindows({ clips, teacher }, chosen, console);
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
          bottleneck,
          ...learningRate(chosen),
        }),
        folder: out,
        from,
        threads,
        progress,
        signal,
      });
      const { weights: _, ...summary } = student;
      const { validation } = student;
      console.print(
        validation
          ? `${student.name}: explains ${(100 * validation.explained).toFixed(1)} % of the teacher's variance on ${validation.rows} held-out windows (loss ${validation.loss.toPrecision(4)}): ${out}`
          : `${student.name}: ${out}`,
      );
      return { ...summary, folder: out, skipped: data.skipped, history };
    } finally {
      await data.close();
      teacher.close();
    }
  },
});

function namedStudent({ student: name, rank, bottleneck, input }: z.infer<typeof options>): StudentConfig {
  try {
    return parseStudentName(name, { rank, bottleneck, input });
  } catch (error) {
    throw error instanceof InputError ? new UsageError({ ...error, where: `--student ${name}` }) : error;
  }
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
      what: `${name} has no use for it`,
      where: idle[0],
      remedy: `Add ${idle[1]} to --student, or leave it out`,
    });
  try {
    return parseSchedule({ compression, precision });
  } catch (error) {
    throw error instanceof InputError ? new UsageError(error) : error;
  }
}

function learningRate({ learningRate: rate, schedule, steps }: z.infer<typeof options>) {
  const usual = distillationOptionsSchema.parse({ steps: 1 }).learningRate;
  const highest = rate ?? usual.rate;
  if (schedule === 'constant') return { learningRate: { kind: 'constant', rate: highest } };
  const warmup = Math.min(Math.ceil(steps / 10), 500);
  return { learningRate: { kind: 'warmup-cosine', rate: highest, warmup, floor: 0.02 } };
}
