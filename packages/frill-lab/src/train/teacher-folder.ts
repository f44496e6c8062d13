/** A finished teacher on disk, with all its parameters. */
import { z } from 'zod';
import { trillConfigSchema } from '../models/trill.js';
import { type Finished, networkFileSchema, networkFolders } from './network-folder.js';

const teacherFileSchema = networkFileSchema.extend({
  config: trillConfigSchema,
  validation: z
    .object({
      /** Triplet loss on pairs of held-out clips. */
      loss: z.number(),
      /** Share of the windows whose nearest other window in the batch is the one of the same clip. */
      retrieval: z.number(),
      /** The same before the first step. */
      untrainedRetrieval: z.number(),
      windows: z.int(),
    })
    .optional(),
});

export type TeacherFile = z.infer<typeof teacherFileSchema>;
export type FinishedTeacher = Finished<TeacherFile>;

export const teacherFolders = networkFolders<TeacherFile>({
  kind: 'teacher',
  schema: teacherFileSchema,
  remedy: 'Run `frill teacher train` with this folder as --out, or name a .tflite or .onnx file',
});
