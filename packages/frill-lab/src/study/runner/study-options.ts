/** What a study is asked to do. The folder remembers it; the same command goes on. */
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { DEVICES } from '../../engine/device.js';
import { ENGINES } from '../../models/engines.js';
import { dealingOptions } from '../machines/dealing-options.js';

/** Peak learning rates, by what students begin with. */
export const RATES = { random: 1e-3, inherited: 3e-3 } as const;

export const studyOptionsSchema = z.object({
  tasks: z.string().optional().describe('Tasks file. Without it, the built-in synthetic corpus is made.'),
  teacher: z
    .string()
    .default('frill-m')
    .describe(
      'Released model by name, model file (.tflite, .onnx), or folder that `frill teacher` wrote. trill trains a small TRILL on the same audio.',
    ),
  startFrom: z
    .string()
    .optional()
    .describe(
      'Released model by name, or folder of a finished student, whose weights the students begin with. nothing: random weights. By default the teacher, where its weights were released, otherwise nothing.',
    ),
  students: z
    .string()
    .optional()
    .describe(
      'smaller (8 that can begin with the weights of frill-m), builtin (8 of all sizes), grid (all 144), or names separated by commas, such as small-2-gap,tiny-1-gap. By default smaller, or builtin where students begin with nothing.',
    ),
  steps: z.int().positive().default(300).describe('Training steps of each student.'),
  batch: z.int().positive().default(32).describe('Windows per step.'),
  learningRate: z
    .number()
    .positive()
    .optional()
    .describe(
      `Peak learning rate of the students. By default ${RATES.inherited} where they begin with the weights of another network, otherwise ${RATES.random}.`,
    ),
  teacherSteps: z
    .int()
    .positive()
    .default(150)
    .describe('Training steps of the teacher, with --teacher trill.'),
  windowsPerClip: z.int().positive().default(4).describe('Largest number of training windows per clip.'),
  workers: z
    .int()
    .positive()
    .default(Math.max(1, Math.min(4, availableParallelism())))
    .describe('Processes that train students in parallel. By default one per CPU core, at most 4.'),
  ...dealingOptions,
  hop: z
    .int()
    .positive()
    .default(48)
    .describe(
      'Frames of 10 ms between the windows of an evaluated clip. The published protocol has 17, which takes about three times as long.',
    ),
  engine: z
    .enum(ENGINES)
    .default('auto')
    .describe(
      'The runtime of students. auto: for their quality onnxruntime where it gives the same embeddings, for their latency what an app would run.',
    ),
  device: z
    .enum(DEVICES)
    .default('cpu')
    .describe(
      'What trains students and asks the teacher. gpu: a GPU that onnxruntime finds, on every machine that makes students. Latency is always that of the processor.',
    ),
  rounds: z.int().min(2).default(5).describe('Rounds of the latency measurement.'),
  latencyFrom: z
    .string()
    .optional()
    .describe(
      'Take latencies from this file, which `frill bench` wrote for a phone for example, instead of measuring here.',
    ),
  seed: z.string().default('0').describe('Random seed of the corpus, the splits and all networks.'),
  out: z.string().optional().describe('Folder of the study. By default runs/study-<name>.'),
  cache: z.string().default('.cache/frill').describe('Folder for files that studies share.'),
  strict: z.boolean().default(false).describe('Stop at the first bad audio file instead of skipping it.'),
});

export type StudyOptions = z.infer<typeof studyOptionsSchema>;

/** What `--start-from` calls random weights. */
export const NOTHING = 'nothing';

/** With what follows from other options filled in. */
export type SettledOptions = StudyOptions & {
  readonly students: string;
  readonly startFrom: string;
  readonly learningRate: number;
};

/** What the results depend on; a run folder is only ever continued with the same. Students may be added later. */
export function identityOf({
  tasks,
  teacher,
  startFrom,
  steps,
  batch,
  learningRate,
  teacherSteps,
  windowsPerClip,
  hop,
  seed,
}: StudyOptions) {
  // Runs of before there was a choice began with nothing.
  const start = startFrom === NOTHING ? undefined : startFrom;
  return {
    tasks,
    teacher,
    startFrom: start,
    steps,
    batch,
    learningRate,
    teacherSteps,
    windowsPerClip,
    hop,
    seed,
  };
}
