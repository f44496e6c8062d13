/** `frill teacher train`: a TRILL of one's own, from unlabelled audio. */
import { loadFrontend } from 'frill-audio';
import { z } from 'zod';
import { prepareWindowFeatures } from '../corpus/window-features.js';
import { type TrillConfig, trillConfigSchema } from '../models/trill.js';
import { checkFolderDestination } from '../run/destination.js';
import { SMALL_TRILL, trainTeacher } from '../train/teacher.js';
import { teacherOptionsSchema } from '../train/teacher-options.js';
import { defineCommand } from './command.js';
import { clipSources, trainingClips } from './training-clips.js';

const training = teacherOptionsSchema.shape;

const options = z.object({
  ...clipSources,
  out: z.string().describe('folder of the run; the same command continues it'),
  size: z
    .enum(['small', 'full'])
    .default('small')
    .describe('small trains in minutes; full is TRILL (24.5 M parameters, layer 19 of 12,288 values)'),
  widths: z.array(z.coerce.number().int().positive()).optional().describe('width of each stage'),
  depths: z.array(z.coerce.number().int().positive()).optional().describe('blocks of each stage'),
  margin: z.number().positive().default(0.1).describe('of the triplet loss'),
  steps: z.int().positive().default(600).describe('optimiser steps'),
  clips: training.clips.describe('clips a step, two windows of each'),
  closeness: training.closeness.describe('longest time between the two windows, in seconds'),
  learningRate: z.number().positive().default(1e-3).describe('at its highest'),
  windowsPerClip: z.int().min(2).default(4).describe('most windows taken from a clip'),
  seed: z.string().default('0').describe('of windows, weights and order'),
  cache: z.string().default('.cache/training').describe('folder for features, shared by runs'),
  threads: z.int().positive().default(2).describe('of the training engine'),
});

export const teacherTrain = defineCommand({
  name: 'teacher train',
  summary: 'Train a TRILL teacher on unlabelled audio (triplet loss over windows close in time)',
  options,
  example: 'frill teacher train --corpus corpus --out runs/trill',
  async run(chosen, console) {
    const { out, threads, seed, cache, strict, windowsPerClip, steps, clips: perStep, closeness } = chosen;
    const { progress, signal } = console;
    await checkFolderDestination(out);
    const clips = await trainingClips(chosen, console);
    const data = await prepareWindowFeatures({
      clips,
      frontend: await loadFrontend(),
      windowsPerClip,
      folder: cache,
      seed,
      strict,
      progress,
      signal,
    });
    try {
      const { teacher, history } = await trainTeacher({
        config: configOf(chosen),
        data,
        options: teacherOptionsSchema.parse({
          steps,
          clips: perStep,
          closeness,
          seed,
          learningRate: {
            kind: 'warmup-cosine',
            rate: chosen.learningRate,
            warmup: Math.min(Math.ceil(steps / 10), 500),
            floor: 0.02,
          },
        }),
        folder: out,
        threads,
        progress,
        signal,
      });
      const { weights: _, ...summary } = teacher;
      const { validation } = teacher;
      const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
      console.print(
        validation
          ? `trill: the nearest other window is of the same clip for ${percent(validation.retrieval)} of ${validation.windows} held-out windows (untrained: ${percent(validation.untrainedRetrieval)}): ${out}`
          : `trill: ${out}`,
      );
      return { ...summary, folder: out, skipped: data.skipped, history };
    } finally {
      await data.close();
    }
  },
});

function configOf({ size, widths, depths, margin }: z.infer<typeof options>): TrillConfig {
  const base = size === 'small' ? SMALL_TRILL : trillConfigSchema.parse({});
  return { ...base, widths: widths ?? base.widths, depths: depths ?? base.depths, margin };
}
