/** `frill teacher combine`: one teacher made of hidden layers of several networks. */
import { availableParallelism } from 'node:os';
import { loadFrontend } from 'frill-audio';
import { z } from 'zod';
import { readTeacherRecipe } from '../models/combined/recipe.js';
import { combineTeacher } from '../train/combine.js';
import { defineCommand } from './command.js';
import { clipSources, trainingClips } from './training-clips.js';

export const teacherCombine = defineCommand({
  name: 'teacher combine',
  summary: 'Combine hidden layers of several networks into one teacher',
  positional: '<recipe>',
  options: z.object({
    recipe: z
      .string()
      .describe(
        'JSON file that names networks, their layers, pooling and scaling, for example examples/release/teacher.json.',
      ),
    ...clipSources,
    out: z.string().describe('Folder of the teacher.'),
    windows: z
      .int()
      .min(2)
      .default(8000)
      .describe('Number of windows on which the scaling is fitted, one per clip.'),
    seed: z.string().default('0').describe('Random seed of the choice of clips and windows.'),
    cache: z.string().default('.cache/training').describe('Folder for computed values. Runs share it.'),
    threads: z
      .int()
      .positive()
      .default(availableParallelism())
      .describe('Threads that embed windows. By default one per CPU core.'),
  }),
  example: 'frill teacher combine examples/release/teacher.json --corpus corpus --out runs/teacher',
  async run({ recipe: path, out, windows, seed, cache, threads, ...sources }, console) {
    const { progress, signal } = console;
    const recipe = await readTeacherRecipe(path);
    const clips = await trainingClips(sources, console);
    const teacher = await combineTeacher({
      recipe,
      clips,
      frontend: await loadFrontend(),
      windows,
      folder: out,
      cache,
      seed,
      strict: sources.strict,
      threads,
      progress,
      signal,
    });
    console.print(
      `Teacher of ${recipe.parts.length} parts with ${teacher.dimension} values, fitted on ${teacher.fitted.windows} windows. Written to ${out}`,
    );
    return { ...teacher, folder: out };
  },
});
