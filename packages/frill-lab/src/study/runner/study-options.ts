/** What a study is asked to do. The folder remembers it; the same command goes on. */
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { ENGINES } from '../../models/engines.js';

export const studyOptionsSchema = z.object({
  tasks: z.string().optional().describe('tasks file; without it the built-in synthetic corpus is made'),
  teacher: z
    .string()
    .default('trill')
    .describe('"trill" trains one here; or any .tflite or .onnx file taking waveform or log-mel'),
  students: z.string().default('builtin').describe('"builtin" (8), "grid" (144), or names'),
  steps: z.int().positive().default(150).describe('training steps of a student'),
  batch: z.int().positive().default(32).describe('windows a step'),
  learningRate: z.number().positive().default(1e-3).describe('of the students, at its peak'),
  teacherSteps: z.int().positive().default(150).describe('training steps of our own teacher'),
  windowsPerClip: z.int().positive().default(4).describe('most training windows taken from a clip'),
  workers: z
    .int()
    .positive()
    .default(Math.max(1, Math.min(4, availableParallelism())))
    .describe('worker processes that train students side by side'),
  queue: z
    .string()
    .optional()
    .describe('let other machines make the students: address of a Redis server, such as redis://HOST:6379'),
  serveOn: z
    .string()
    .default('0.0.0.0:7474')
    .describe('with --queue: where other machines fetch what the study works on'),
  hop: z
    .int()
    .positive()
    .default(48)
    .describe('frames between the windows of a clip that is evaluated; the published protocol has 17'),
  engine: z
    .enum(ENGINES)
    .default('auto')
    .describe(
      'what runs students; auto: for their quality onnxruntime where it gives the same values, for their latency what an app would run',
    ),
  rounds: z.int().min(2).default(5).describe('rounds of the latency measurement'),
  seed: z.string().default('0').describe('of the corpus, the splits and all networks'),
  out: z.string().optional().describe('folder of the run; runs/study-<name> by default'),
  cache: z.string().default('.cache/frill').describe('folder for what runs can share'),
  strict: z.boolean().default(false).describe('fail at the first bad audio file instead of skipping it'),
});

export type StudyOptions = z.infer<typeof studyOptionsSchema>;

/** What the results depend on; a run folder is only ever continued with the same. Students may be added later. */
export function identityOf({
  tasks,
  teacher,
  steps,
  batch,
  learningRate,
  teacherSteps,
  windowsPerClip,
  hop,
  seed,
}: StudyOptions) {
  return { tasks, teacher, steps, batch, learningRate, teacherSteps, windowsPerClip, hop, seed };
}
