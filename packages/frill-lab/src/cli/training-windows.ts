/** The windows that a student learns from, as `frill distill` is told to take them. */
import { loadFrontend } from 'frill-audio';
import { z } from 'zod';
import { RECIPES, readRecipe } from '../corpus/augment/recipe.js';
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
    .describe('fixed: some of each clip, the same in every epoch; random: cut anywhere, and made different'),
  windowsPerClip: z.int().positive().default(4).describe('fixed windows: most taken from a clip'),
  augment: z
    .string()
    .default('usual')
    .describe(
      `random windows: how they are made different, ${Object.keys(RECIPES).join(' or ')} or a JSON file`,
    ),
  teacherHears: z
    .enum(['clean', 'same'])
    .default('clean')
    .describe(
      'random windows: the recording as it is, computed once, or what the student hears, in every step',
    ),
  spacing: z
    .number()
    .positive()
    .max(1)
    .default(0.24)
    .describe("random windows: seconds between places where the teacher's values are computed"),
  jitter: z
    .number()
    .min(0)
    .max(0.5)
    .default(0)
    .describe('random windows: how far from those places they are cut, in parts of the spacing'),
  temperature: z
    .number()
    .min(1)
    .default(1)
    .describe('random windows: above 1, small sources are heard more often than their share'),
  clusters: z
    .int()
    .nonnegative()
    .default(0)
    .describe("random windows: draw equally often from so many clusters of the teacher's values; 0 does not"),
  loaders: z.int().nonnegative().default(1).describe('random windows: threads that prepare them'),
};

interface Chosen extends z.infer<z.ZodObject<typeof windowChoices>> {
  readonly cache: string;
  readonly seed: string;
  readonly strict: boolean;
}

/** Opens them, computing what is missing. Throws as `prepareDistillation` and `openRandomWindows` do. */
export async function trainingWindows(
  source: { readonly clips: readonly Clip[]; readonly teacher: Teacher },
  { cache: folder, augment, windows, windowsPerClip, ...choices }: Chosen,
  { progress, signal }: Console,
): Promise<DistillationRows & { readonly skipped: readonly SkippedClip[]; close(): Promise<void> }> {
  // What the command line calls teacher is a name: the sources come last.
  const common = { ...choices, ...source, folder, frontend: await loadFrontend(), progress, signal };
  return windows === 'fixed'
    ? prepareDistillation({ ...common, windowsPerClip })
    : openRandomWindows({ ...common, recipe: await readRecipe(augment), validationFraction: VALIDATION });
}

/** Of the clips; random windows come from corpora so large that a small part tells enough. */
const VALIDATION = 0.02;
