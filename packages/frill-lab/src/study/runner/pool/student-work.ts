/** What a worker is told: everything one student needs, as plain data. */
import { z } from 'zod';
import { studentConfigSchema } from '../../../models/student-config.js';
import { studyOptionsSchema } from '../study-options.js';

/** Of the teacher, what opens its targets. */
export const teacherDescriptionSchema = z.object({
  name: z.string(),
  identity: z.string(),
  dimension: z.int().positive(),
});

export type TeacherDescription = z.infer<typeof teacherDescriptionSchema>;

const makeWorkSchema = z.object({
  kind: z.literal('make'),
  folder: z.string(),
  options: studyOptionsSchema,
  tasksFile: z.string(),
  teacher: teacherDescriptionSchema,
  config: studentConfigSchema,
  threads: z.int().positive(),
  /** Shares of its time after which it is presumably trained, and its clips are embedded; fitting probes is the rest. */
  marks: z.tuple([z.number(), z.number()]),
});

const trialWorkSchema = z.object({
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

export const studentWorkSchema = z.discriminatedUnion('kind', [makeWorkSchema, trialWorkSchema]);

export type StudentWork = z.infer<typeof studentWorkSchema>;
export type MakeWork = z.infer<typeof makeWorkSchema>;
export type TrialWork = z.infer<typeof trialWorkSchema>;
