/** `frill corpus make`: the built-in synthetic corpus. */
import { z } from 'zod';
import { makeSyntheticCorpus } from '../corpus/synthetic/make.js';
import { DEFAULT_SIZE, SETS } from '../corpus/synthetic/plan.js';
import { checkFolderDestination } from '../run/destination.js';
import { defineCommand } from './command.js';

export const corpusMake = defineCommand({
  name: 'corpus make',
  summary: 'Make a labelled synthetic corpus: speech, human sounds, rooms and noise',
  options: z.object({
    out: z.string().describe('Folder for the audio, metadata.csv and tasks.json.'),
    size: z
      .int()
      .positive()
      .default(DEFAULT_SIZE)
      .describe('Approximate number of clips. Each lasts 1 to 2 s.'),
    seed: z.string().default('0').describe('Random seed. The same size and seed give the same bytes.'),
    sets: z
      .array(z.enum(SETS))
      .optional()
      .describe(`Make only these sets: ${SETS.join(', ')}.`),
    workers: z.int().positive().optional().describe('Worker threads. By default one per CPU core.'),
  }),
  example: 'frill corpus make --out corpus --size 500',
  async run({ out, size, seed, sets, workers }, console) {
    await checkFolderDestination(out);
    const made = await makeSyntheticCorpus({
      folder: out,
      size,
      seed,
      progress: console.progress,
      signal: console.signal,
      ...(sets === undefined ? {} : { sets }),
      ...(workers === undefined ? {} : { workers }),
    });
    console.print(
      `${made.clips} clips ${made.found ? 'were there already' : 'made'}: manifest ${made.manifest}, tasks ${made.tasksFile}`,
    );
    return made;
  },
});
