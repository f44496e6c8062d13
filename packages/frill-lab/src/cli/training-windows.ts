/** The windows that a student learns from, as `frill distill` is told to take them. */
import { loadFrontend } from 'frill-audio';
import { z } from 'zod';
import type { AskTeacher } from '../corpus/ask-teacher.js';
import { AUGMENTATIONS, readAugmentation } from '../corpus/augment/augmentation.js';
import type { Clip } from '../corpus/corpus.js';
import { prepareDistillation } from '../corpus/distillation-data.js';
import type { Teacher } from '../corpus/teacher-values.js';
import type { SkippedClip } from '../corpus/window-features.js';
import type { DistillationRows } from '../train/distillation-rows.js';
import { openRandomWindows } from '../train/random-windows.js';
import type { Console } from './console.js';

export const windowChoices = {
  windows: z
    .enum(['fixed', 'random'])
    .default('fixed')
    .describe(
      'fixed: the same windows of each clip in every epoch. random: windows that are cut and augmented anew in every step.',
    ),
  windowsPerClip: z
    .int()
    .positive()
    .default(4)
    .describe('Largest number of windows per clip. For --windows fixed.'),
  augment: z
    .string()
    .default('usual')
    .describe(
      `How windows are augmented: ${Object.keys(AUGMENTATIONS).join(', ')}, or a JSON file of your own. For --windows random.`,
    ),
  teacherHears: z
    .enum(['clean', 'same'])
    .default('clean')
    .describe(
      'clean: the teacher hears the recording as it is, once. same: it hears the augmented window, in every step. For --windows random.',
    ),
  speeds: z
    .array(z.coerce.number().min(0.5).max(2))
    .default([])
    .describe(
      'Also learn from every recording at one of these speeds, for example 0.9 1.12. The teacher hears it at that speed. For --windows random.',
    ),
  spacing: z
    .number()
    .positive()
    .max(1)
    .default(0.24)
    .describe(
      "Largest distance in seconds between the places where the teacher's values are computed. For --windows random.",
    ),
  jitter: z
    .number()
    .min(0)
    .max(0.5)
    .default(0)
    .describe(
      'How far from those places windows are cut, as a fraction of the spacing. For --windows random.',
    ),
  temperature: z
    .number()
    .min(1)
    .default(1)
    .describe(
      'Above 1, windows of small sources are drawn more often than their share. For --windows random.',
    ),
  clusters: z
    .int()
    .nonnegative()
    .default(0)
    .describe(
      "Draw equally often from this number of clusters of the teacher's values. 0: no clusters. For --windows random.",
    ),
  loaders: z.int().nonnegative().default(1).describe('Threads that prepare windows. For --windows random.'),
};

interface Chosen extends z.infer<z.ZodObject<typeof windowChoices>> {
  readonly cache: string;
  readonly seed: string;
  readonly strict: boolean;
}

/** Opens them, computing what is missing. Throws as `prepareDistillation` and `openRandomWindows` do. */
export async function trainingWindows(
  source: {
    readonly clips: readonly Clip[];
    readonly teacher: Teacher;
    readonly ask?: AskTeacher | undefined;
  },
  { cache: folder, augment, windows, windowsPerClip, ...choices }: Chosen,
  { progress, signal }: Console,
): Promise<DistillationRows & { readonly skipped: readonly SkippedClip[]; close(): Promise<void> }> {
  // What the command line calls teacher is a name: the sources come last.
  const common = { ...choices, ...source, folder, frontend: await loadFrontend(), progress, signal };
  return windows === 'fixed'
    ? prepareDistillation({ ...common, windowsPerClip })
    : openRandomWindows({
        ...common,
        augmentation: await readAugmentation(augment),
        validationFraction: VALIDATION,
      });
}

/** Share of the clips that validation takes; random windows come from corpora so large that a small part tells enough. */
const VALIDATION = 0.02;
