/** `frill teacher train`: a TRILL of one's own, from unlabelled audio. */
import { loadFrontend } from 'frill-audio';
import { z } from 'zod';
import { prepareWindowFeatures } from '../corpus/window-features.js';
import { providerOf } from '../engine/ort/provider.js';
import { type TrillConfig, trillConfigSchema } from '../models/trill.js';
import { checkFolderDestination } from '../run/destination.js';
import { SMALL_TRILL, trainTeacher } from '../train/teacher.js';
import { teacherOptionsSchema } from '../train/teacher-options.js';
import { defineCommand } from './command.js';
import { deviceForValues } from './engine-option.js';
import { clipSources, trainingClips } from './training-clips.js';

const training = teacherOptionsSchema.shape;

const options = z.object({
  ...clipSources,
  out: z.string().describe('Folder of the run. The same command resumes it.'),
  size: z
    .enum(['small', 'full'])
    .default('small')
    .describe(
      'small: trains in minutes. full: TRILL, with 24.5 million parameters and a layer 19 of 12,288 values.',
    ),
  widths: z
    .array(z.coerce.number().int().positive())
    .optional()
    .describe('Channels of each stage, instead of those of --size.'),
  depths: z
    .array(z.coerce.number().int().positive())
    .optional()
    .describe('Blocks of each stage, instead of those of --size.'),
  margin: z.number().positive().default(0.1).describe('Margin of the triplet loss, between unit vectors.'),
  steps: z.int().positive().default(600).describe('Optimiser steps.'),
  clips: training.clips.describe('Clips per step. Two windows come from each.'),
  closeness: training.closeness.describe('Largest distance in seconds between the two windows of a clip.'),
  learningRate: z
    .number()
    .positive()
    .default(1e-3)
    .describe(
      'Peak learning rate. It rises over the first 10 % of the steps, at most 500, and falls along a cosine to 2 % of the peak.',
    ),
  windowsPerClip: z.int().min(2).default(4).describe('Largest number of windows per clip.'),
  seed: z.string().default('0').describe('Random seed of windows, initial weights and order.'),
  cache: z.string().default('.cache/training').describe('Folder for features. Runs share it.'),
  threads: z.int().positive().default(2).describe('Threads of the training engine.'),
  device: deviceForValues,
});

export const teacherTrain = defineCommand({
  name: 'teacher train',
  summary: 'Train a TRILL teacher on unlabelled audio',
  options,
  groups: {
    'Audio and folders': ['corpus', 'tasks', 'where', 'strict', 'out', 'cache'],
    Network: ['size', 'widths', 'depths'],
    Training: [
      'steps',
      'clips',
      'closeness',
      'windowsPerClip',
      'margin',
      'learningRate',
      'seed',
      'threads',
      'device',
    ],
  },
  example: 'frill teacher train --corpus corpus --out runs/trill',
  async run(chosen, console) {
    const { out, threads, seed, cache, strict, windowsPerClip, steps, clips: perStep, closeness } = chosen;
    const { progress, signal } = console;
    await providerOf(chosen.device);
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
        device: chosen.device,
        progress,
        signal,
      });
      const { weights: _, ...summary } = teacher;
      const { validation } = teacher;
      const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
      console.print(
        validation
          ? `trill: for ${percent(validation.retrieval)} of ${validation.windows} held-out windows, the nearest other window comes from the same clip (${percent(validation.untrainedRetrieval)} before training). Written to ${out}`
          : `trill: written to ${out}`,
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
