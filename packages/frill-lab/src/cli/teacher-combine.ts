/** `frill teacher combine`: one teacher made of hidden layers of several networks. */
import { availableParallelism } from 'node:os';
import { loadFrontend } from 'frill-audio';
import { z } from 'zod';
import { readRecipe } from '../models/combined/recipe.js';
import { combineTeacher } from '../train/combine.js';
import { defineCommand } from './command.js';
import { clipSources, trainingClips } from './training-clips.js';

export const teacherCombine = defineCommand({
  name: 'teacher combine',
  summary: 'Make one teacher of hidden layers of several networks, by a recipe',
  positional: '<recipe>',
  options: z.object({
    recipe: z.string().describe('JSON file: sources, parts, pooling and scaling; docs/teacher.md shows one'),
    ...clipSources,
    out: z.string().describe('folder of the teacher'),
    windows: z.int().min(2).default(8000).describe('windows that the scaling is fitted on, one a clip'),
    seed: z.string().default('0').describe('of clips and windows'),
    cache: z.string().default('.cache/training').describe('folder for what was computed, shared by runs'),
    threads: z.int().positive().default(availableParallelism()).describe('windows are embedded on'),
  }),
  example: 'frill teacher combine examples/release/teacher.json --corpus corpus --out runs/teacher',
  async run({ recipe: path, out, windows, seed, cache, threads, ...sources }, console) {
    const { progress, signal } = console;
    const recipe = await readRecipe(path);
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
      `teacher of ${recipe.parts.length} parts, ${teacher.dimension} values, fitted on ${teacher.fitted.windows} windows: ${out}`,
    );
    return { ...teacher, folder: out };
  },
});
