/**
 * A tasks file says what to learn from and what to be judged by, without code: corpora by manifest, tasks by columns.
 * `examples/real-audio/tasks.json` is one. Paths are relative to the tasks file.
 */
import { z } from 'zod';

/** A CSV manifest: one row a clip, a column with the path below `audio`, every other column a label. */
const corpusSchema = z.object({
  manifest: z.string(),
  /** Folder the manifest's paths are relative to; the manifest's own folder by default. */
  audio: z.string().optional(),
  path: z.string().default('path'),
  /** Keep only rows whose column has one of these values (or, with `!`, none of them). */
  where: z.record(z.string(), z.union([z.string(), z.array(z.string())])).default({}),
  /** Whether the clips also serve, unlabelled, as speech to distil on. */
  distil: z.boolean().default(true),
});

/** How clips come to be on a side. */
const splitSchema = z.discriminatedUnion('by', [
  /** A column names the side; `values` maps its words to ours. */
  z.object({
    by: z.literal('column'),
    column: z.string(),
    values: z.object({
      train: z.array(z.string()),
      validation: z.array(z.string()),
      test: z.array(z.string()),
    }),
  }),
  /** Cross-validation over the values of a column. */
  z.object({ by: z.literal('folds'), column: z.string() }),
  /** Seeded, with no value of `group` (usually the speaker) on two sides. */
  z.object({
    by: z.literal('group'),
    group: z.string(),
    fractions: z.object({ train: z.number(), validation: z.number(), test: z.number() }),
    seed: z.string().default('0'),
  }),
]);

const taskSchema = z.object({
  name: z.string(),
  title: z.string().optional(),
  corpus: z.string(),
  /** Column with the class. */
  label: z.string(),
  /** Column with the speaker, for per-speaker normalisation, the bootstrap and the check that sides share none. */
  speaker: z.string().optional(),
  /** True where speakers are the classes or sides share them by design. */
  sharedSpeakers: z.boolean().default(false),
  where: z.record(z.string(), z.union([z.string(), z.array(z.string())])).default({}),
  split: splitSchema,
  metric: z.enum(['accuracy', 'balanced-accuracy', 'uar', 'eer', 'auc']).default('accuracy'),
});

export const tasksFileSchema = z.object({
  corpora: z.record(z.string(), corpusSchema),
  tasks: z.array(taskSchema).min(1),
});

export type TasksFile = z.infer<typeof tasksFileSchema>;
export type TaskDeclaration = z.infer<typeof taskSchema>;
export type SplitRule = z.infer<typeof splitSchema>;
