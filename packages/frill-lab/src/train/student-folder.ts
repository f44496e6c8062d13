/** A finished student on disk, as the exporter and the study read it; its weights are those of inference, without the head. */
import { z } from 'zod';
import { studentConfigSchema } from '../models/student-config.js';
import { type Finished, networkFileSchema, networkFolders } from './network-folder.js';

const studentFileSchema = networkFileSchema.extend({
  config: studentConfigSchema,
  validation: z
    .object({
      /** Mean squared error, in the scale of training. */
      loss: z.number(),
      /** Part of the variance of the teacher's raw values that the student predicts; 1 is perfect. */
      explained: z.number(),
      rows: z.int(),
    })
    .optional(),
});

export type StudentFile = z.infer<typeof studentFileSchema>;
export type FinishedStudent = Finished<StudentFile>;

export const studentFolders = networkFolders<StudentFile>({
  kind: 'student',
  schema: studentFileSchema,
  remedy: 'Run `frill distill` with this folder as --out; it resumes where it stopped',
});
