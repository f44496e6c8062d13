/** What a worker is told: everything one student needs, as plain data. */
import { z } from 'zod';
import { preparedNamesSchema } from '../../../corpus/distillation-data.js';
import { studentConfigSchema } from '../../../models/student-config.js';
import { studyOptionsSchema } from '../study-options.js';

export const makeWorkSchema = z.object({
  kind: z.literal('make'),
  folder: z.string(),
  options: studyOptionsSchema,
  tasksFile: z.string(),
  /** Features, and the teacher's values for them. */
  data: preparedNamesSchema,
  config: studentConfigSchema,
  threads: z.int().positive(),
  /** Shares of its time after which it is presumably trained, and its clips are embedded; fitting probes is the rest. */
  marks: z.tuple([z.number(), z.number()]),
});

export const trialWorkSchema = z.object({
  kind: z.literal('try'),
  options: studyOptionsSchema,
  tasksFile: z.string(),
  config: studentConfigSchema,
  targetWidth: z.int().positive(),
  threads: z.int().positive(),
  /** Whether any student of the study factorises its bottleneck. */
  factorises: z.boolean(),
  /** A task whose probes are to be fitted too. */
  probeTask: z.string().optional(),
});

export type MakeWork = z.infer<typeof makeWorkSchema>;
export type TrialWork = z.infer<typeof trialWorkSchema>;
