/**
 * A tasks file says what to learn from and what to be judged by, without code: corpora by manifest, tasks by columns.
 * `examples/real-audio/tasks.json` is one. Paths are relative to the tasks file.
 */
import { z } from 'zod';
import { readWrittenJson } from '../text/written-json.js';

/** `{ "label": "yes" }`, `{ "label": ["yes", "no"] }`, or with `!` none of them: `{ "label": "!noise" }`. */
const whereSchema = z.record(z.string(), z.union([z.string(), z.array(z.string()).min(1)])).default({});

/** A CSV manifest: one row a clip, a column with the path below `audio`, every other column a label. */
const corpusSchema = z.strictObject({
  manifest: z.string(),
  /** Folder the manifest's paths are relative to; the manifest's own folder by default. */
  audio: z.string().optional(),
  path: z.string().default('path'),
  /** Keep only rows whose column has one of these values (or, with `!`, none of them). */
  where: whereSchema,
  /**
   * Whether the clips also serve, unlabelled, as speech to distil on: all, none, or those that no task is tested on (so
   * that no model has heard a test clip, not even without its label).
   */
  distil: z.union([z.boolean(), z.literal('untested')]).default('untested'),
  /** How to get the corpus: told to whoever does not have its manifest. */
  obtain: z.string().optional(),
});

const SIDE_NAMES = { train: ['train'], validation: ['validation'], test: ['test'] };

/** How clips come to be on a side. */
const splitSchema = z.discriminatedUnion('by', [
  /** A column names the side; `values` maps its words to ours. Rows with other words are left out. */
  z.strictObject({
    by: z.literal('column'),
    column: z.string(),
    values: z
      .strictObject({
        train: z.array(z.string()).min(1),
        validation: z.array(z.string()).default([]),
        test: z.array(z.string()).min(1),
      })
      .default(SIDE_NAMES),
  }),
  /** Cross-validation over the values of a column. */
  z.strictObject({ by: z.literal('folds'), column: z.string() }),
  /** Seeded, with no value of `group` (usually the speaker) on two sides. */
  z.strictObject({
    by: z.literal('group'),
    group: z.string(),
    fractions: z
      .strictObject({
        train: z.number().positive(),
        validation: z.number().nonnegative(),
        test: z.number().positive(),
      })
      .default({ train: 0.7, validation: 0.1, test: 0.2 }),
    seed: z.string().default('0'),
  }),
  /** Cross-validation over seeded folds of whole groups: every clip is tested, and no group on two sides. */
  z.strictObject({
    by: z.literal('group-folds'),
    group: z.string(),
    folds: z.int().min(3).default(5),
    seed: z.string().default('0'),
  }),
]);

const taskSchema = z.strictObject({
  name: z.string().regex(/^[\w-]+$/, 'a task name has letters, digits, - and _ only'),
  title: z.string().optional(),
  corpus: z.string(),
  /** Column with the class. */
  label: z.string(),
  /** Column with the speaker, for per-speaker normalisation, the bootstrap and the check that sides share none. */
  speaker: z.string().optional(),
  /** True where speakers are the classes or sides share them by design. */
  sharedSpeakers: z.boolean().default(false),
  where: whereSchema,
  split: splitSchema,
  metric: z.enum(['accuracy', 'balanced-accuracy', 'uar', 'eer', 'auc']).default('accuracy'),
});

export const tasksFileSchema = z
  .strictObject({
    corpora: z.record(z.string(), corpusSchema),
    /** May be empty: speech to distil on needs no task. */
    tasks: z.array(taskSchema),
  })
  .superRefine((file, context) => {
    const names = new Set<string>();
    for (const [index, task] of file.tasks.entries()) {
      if (!(task.corpus in file.corpora))
        context.addIssue({
          code: 'custom',
          path: ['tasks', index, 'corpus'],
          message: `'${task.corpus}' is not one of the corpora (${Object.keys(file.corpora).join(', ')})`,
        });
      if (names.has(task.name))
        context.addIssue({
          code: 'custom',
          path: ['tasks', index, 'name'],
          message: `'${task.name}' is used twice`,
        });
      names.add(task.name);
    }
  });

export type TasksFile = z.infer<typeof tasksFileSchema>;
export type CorpusDeclaration = z.infer<typeof corpusSchema>;
export type TaskDeclaration = z.infer<typeof taskSchema>;
export type SplitRule = z.infer<typeof splitSchema>;
export type Where = z.infer<typeof whereSchema>;

/** Reads and checks a tasks file. Throws InputError that names the field; `loadTasks` reads what it declares. */
export function readTasksFile(path: string): Promise<TasksFile> {
  return readWrittenJson(
    path,
    tasksFileSchema,
    'A complete example is examples/real-audio/tasks.json in the repository of Frill',
  );
}
