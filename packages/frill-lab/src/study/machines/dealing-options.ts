/** What a command that deals work out to other machines is asked. */
import { z } from 'zod';

export const dealingOptions = {
  queue: z
    .string()
    .optional()
    .describe(
      'Lets other machines help with the work. Address of a Redis server, such as redis://HOST:6379.',
    ),
  serveOn: z
    .string()
    .default('0.0.0.0:7474')
    .describe('With --queue: address where other machines fetch the files that they work on.'),
  share: z
    .boolean()
    .default(false)
    .describe('With --queue: also lay these files into --out, for machines that share that disk.'),
};
