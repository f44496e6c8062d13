/** `frill corpus make`: the built-in synthetic corpus. */
import { z } from 'zod';
import { makeSyntheticCorpus } from '../corpus/synthetic/make.js';
import { DEFAULT_SIZE, SETS } from '../corpus/synthetic/plan.js';
import { checkFolderDestination } from '../run/destination.js';
import { defineCommand } from './command.js';

export const corpusMake = defineCommand({
  name: 'corpus make',
  summary:
    'Make a labelled synthetic corpus: speech, human sounds, rooms and noise; the same bytes for the same seed',
  options: z.object({
    out: z.string().describe('folder for audio, metadata.csv and tasks.json'),
    size: z.int().positive().default(DEFAULT_SIZE).describe('about how many clips of 1-2 s'),
    seed: z.string().default('0').describe('names the corpus among those of its size'),
    sets: z
      .array(z.enum(SETS))
      .optional()
      .describe(`only some of: ${SETS.join(', ')}`),
    workers: z.int().positive().optional().describe('threads (default: all cores)'),
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
      `${made.found ? 'found' : 'made'} ${made.clips} clips: ${made.manifest}, tasks in ${made.tasksFile}`,
    );
    return made;
  },
});
