/**
 * A teacher made of several networks by a recipe: their hidden layers pooled over a window, scaled by what they are on distillation
 * windows, and joined. Task labels and test clips have no part in it.
 */
import { join } from 'node:path';
import { type Frontend, InputError } from 'frill-audio';
import type { Clip } from '../corpus/corpus.js';
import { prepareDistillation } from '../corpus/distillation-data.js';
import type { SkippedClip } from '../corpus/window-features.js';
import { type CombinedTeacher, writeCombined } from '../models/combined/folder.js';
import { openPooledNetwork } from '../models/combined/network.js';
import type { TeacherRecipe } from '../models/combined/recipe.js';
import { dimensionOf } from '../models/combined/scaling.js';
import { openRepresentationOnThreads } from '../models/representation-threads.js';
import { contentName } from '../run/content-name.js';
import type { Progress } from '../run/progress.js';
import { writeWhole } from '../run/whole-file.js';
import { random } from '../tensor/random.js';
import { fitScaling } from './part-statistics.js';

export interface CombineOptions {
  readonly recipe: TeacherRecipe;
  readonly clips: readonly Clip[];
  readonly frontend: Frontend;
  /** Windows to fit on, at most; one of each of so many clips. */
  readonly windows: number;
  readonly folder: string;
  /** Where the pooled parts of the windows are kept. */
  readonly cache: string;
  readonly seed: string;
  readonly strict?: boolean;
  readonly threads?: number | undefined;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** Makes the folder. A stopped run goes on where it was. Throws ModelError and InputError for a recipe that cannot be followed. */
export async function combineTeacher({
  recipe,
  clips,
  windows,
  folder,
  cache,
  seed,
  threads,
  ...options
}: CombineOptions): Promise<CombinedTeacher & { readonly skipped: readonly SkippedClip[] }> {
  const network = await openPooledNetwork(recipe);
  const bytes = network.pooled();
  const pooledFile = join(cache, `pooled-${contentName(bytes)}.onnx`);
  await writeWhole(pooledFile, bytes);
  const pooled = await openRepresentationOnThreads(pooledFile, { threads, engine: 'onnxruntime' });
  const chosen = random(`combine/${seed}`)
    .shuffle([...clips])
    .slice(0, windows);
  try {
    const data = await prepareDistillation({
      ...options,
      clips: chosen,
      teacher: pooled,
      windowsPerClip: 1,
      folder: cache,
      seed,
    });
    try {
      const count = data.targets.rows;
      if (count < 2)
        throw new InputError({
          what: `${count} windows to fit a teacher on`,
          remedy: 'Give more audio with --corpus',
        });
      const rows = new Float32Array(count * data.targets.width);
      await data.targets.read(
        Uint32Array.from({ length: count }, (_, row) => row),
        rows,
      );
      const scaling = fitScaling(rows, network.widths, recipe);
      const model = network.scaled(scaling);
      const combined: CombinedTeacher = {
        format: 1,
        kind: 'combined-teacher',
        recipe,
        dimension: dimensionOf(scaling, network.widths),
        content: contentName(model),
        fitted: { windows: count, clips: chosen.length, seed, features: data.name },
      };
      await writeCombined(folder, model, combined);
      return { ...combined, skipped: data.skipped };
    } finally {
      await data.close();
    }
  } finally {
    pooled.close();
  }
}
