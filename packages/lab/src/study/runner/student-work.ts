/** What a worker is told: everything one student needs, as plain data. */
import { z } from 'zod';
import { studentConfigSchema } from '../../models/student-config.js';
import { studyOptionsSchema } from './study-options.js';

/** Of the teacher, what opens its targets. */
export const teacherDescriptionSchema = z.object({
  name: z.string(),
  identity: z.string(),
  dimension: z.int().positive(),
});

export type TeacherDescription = z.infer<typeof teacherDescriptionSchema>;

export const studentWorkSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('make'),
    folder: z.string(),
    options: studyOptionsSchema,
    tasksFile: z.string(),
    teacher: teacherDescriptionSchema,
    config: studentConfigSchema,
    threads: z.int().positive(),
  }),
  /** A few steps on random numbers, to know how long the real ones will take. */
  z.object({
    kind: z.literal('time'),
    config: studentConfigSchema,
    targetWidth: z.int().positive(),
    batch: z.int().positive(),
    threads: z.int().positive(),
  }),
]);

export type StudentWork = z.infer<typeof studentWorkSchema>;
export type MakeWork = Extract<StudentWork, { kind: 'make' }>;
