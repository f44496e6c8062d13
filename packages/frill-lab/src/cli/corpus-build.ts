/** `frill corpus build`: a training corpus from declared public sources. */
import { z } from 'zod';
import { buildCorpus } from '../corpus/build/build-corpus.js';
import { dataPage } from '../corpus/build/data-page.js';
import { readDeclarations } from '../corpus/build/declaration.js';
import { testSpeakers } from '../corpus/build/known-speakers.js';
import { findLeaks, type Leak, testClips } from '../corpus/build/leaks.js';
import { loadTasks } from '../corpus/tasks.js';
import { writeWhole } from '../run/whole-file.js';
import { defineCommand, UsageError } from './command.js';

const EXAMPLES = 5;

export const corpusBuild = defineCommand({
  name: 'corpus build',
  summary: 'Build a training corpus from clones and Debian packages',
  positional: '<sources>',
  options: z.object({
    sources: z.string().describe('Folder of declarations, one JSON file per source.'),
    out: z.string().describe('Folder for the WAV files and the manifest.'),
    repositories: z.string().describe('Folder with the clones of repositories, as OWNER/NAME.'),
    packages: z.string().describe('Folder with Debian packages (.deb).'),
    tasks: z
      .array(z.string())
      .default([])
      .describe('Tasks files. The speakers and recordings that they test on are left out.'),
    heldOut: z
      .array(z.string())
      .default([])
      .describe('Languages to keep for tasks and not to train on, as ISO 639 codes.'),
    page: z.string().optional().describe('Page (.md) to write about what the corpus contains.'),
    only: z.array(z.string()).optional().describe('Names of the sources to build. By default all.'),
    decoder: z
      .enum(['own', 'external'])
      .default('own')
      .describe(
        'What decodes audio. own: the decoders of Frill. external: SoX and FFmpeg for files that must be resampled.',
      ),
  }),
  example:
    'frill corpus build examples/training-corpus/sources --out corpus --repositories clones --packages packages',
  async run(
    { sources: declared, out, repositories, packages, tasks: tasksFiles, heldOut, only, page, decoder },
    console,
  ) {
    const declarations = await readDeclarations(declared);
    const unknown = only?.find((name) => !declarations.some((declaration) => declaration.name === name));
    if (unknown !== undefined)
      throw new UsageError({
        what: `no source '${unknown}'`,
        where: '--only',
        remedy: `They are ${declarations.map(({ name }) => name).join(', ')}`,
      });
    const tasks = (await Promise.all(tasksFiles.map((file) => loadTasks(file)))).flatMap(
      ({ tasks }) => tasks,
    );
    let leaks: Leak[] = [];
    const corpus = await buildCorpus(declarations, {
      folder: out,
      repositories,
      packages,
      decoder,
      only: only && new Set(only),
      exclusions: async (built) => {
        leaks = await findLeaks(
          built.flatMap(({ clips }) => clips),
          testClips(tasks),
          { folder: out, progress: console.progress, signal: console.signal },
        );
        return {
          heldOutLanguages: new Set(heldOut),
          testSpeakers: testSpeakers(tasks),
          leaks: new Set(leaks.map(({ clip }) => clip.sha256)),
        };
      },
      progress: console.progress,
      signal: console.signal,
    });
    const { clips, removed, sources, failed } = corpus;
    if (page !== undefined) await writeWhole(page, dataPage(declarations, corpus, heldOut));
    const hours = clips.reduce((sum, { seconds }) => sum + seconds, 0) / 3600;
    for (const { name, leftOut, unreadable } of sources) {
      for (const [reason, count] of Object.entries(leftOut))
        console.print(`${name}: ${count} files left out: ${reason}`);
      for (const { path, reason } of unreadable.slice(0, EXAMPLES))
        console.print(`${name}: ${path}: ${reason}`);
      if (unreadable.length > EXAMPLES)
        console.print(`${name}: and ${unreadable.length - EXAMPLES} more files that cannot be read`);
    }
    for (const { clip, like, errors } of leaks.slice(0, EXAMPLES))
      console.print(
        `${clip.path} sounds like ${like}, which a task tests on (${(100 * errors).toFixed(0)} % of bits differ)`,
      );
    if (leaks.length > EXAMPLES) console.print(`and ${leaks.length - EXAMPLES} more like test clips`);
    for (const { name, error } of failed) console.print(`${name}: not built: ${error.message}`);
    console.print(
      `${clips.length} clips, ${hours.toFixed(2)} h, of ${sources.length} of ${declarations.length} sources; ${removed.length} clips left out: removed.csv tells why`,
    );
    if (failed.length > 0) process.exitCode = 1;
    return {
      clips: clips.length,
      hours,
      leaks: leaks.map(({ clip, like, errors }) => ({ path: clip.path, like, errors })),
      failed: failed.map(({ name, error }) => ({ name, error: error.message })),
    };
  },
});
