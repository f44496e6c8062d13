/** `frill study work`: this machine helps with what another one deals out. */
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { VERSION } from '../run/version.js';
import { helpStudy } from '../study/machines/help-study.js';
import { defineCommand } from './command.js';

export const studyWork = defineCommand({
  name: 'study work',
  summary: 'Help a machine that runs frill study run, distill or evaluate with --queue',
  options: z.object({
    queue: z.string().describe('Address of the queue: redis://HOST:6379, or rediss:// for TLS.'),
    from: z
      .string()
      .describe(
        "Address of the other machine's files, which it prints when it starts; or its --out folder, on a disk that both machines share.",
      ),
    folder: z.string().default('.cache/frill/help').describe('Folder for files that are fetched and made.'),
    workers: z
      .int()
      .positive()
      .default(Math.max(1, Math.min(4, availableParallelism())))
      .describe('Processes that work in parallel. By default one per CPU core, at most 4.'),
    untilDone: z.boolean().default(false).describe('Stop when no work is left, instead of waiting for more.'),
  }),
  example: 'frill study work --queue redis://10.0.0.5 --from http://10.0.0.5:7474/TOKEN',
  async run(options, console) {
    await helpStudy({ ...options, version: VERSION, progress: console.progress, signal: console.signal });
    return { folder: options.folder };
  },
});
