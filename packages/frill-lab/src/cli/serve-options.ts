/** `--serve` and what belongs to it: devices nearby measure, in every command that can do so. */
import { z } from 'zod';
import { SERVE_ON } from '../bench/served/serve-bench.js';

export const serveOptions = {
  serve: z
    .boolean()
    .default(false)
    .describe('Let phones and tablets measure instead: print an address to open there, and its QR code.'),
  serveOn: z.string().default(SERVE_ON).describe('With --serve: address to serve on.'),
  devices: z
    .int()
    .positive()
    .optional()
    .describe('With --serve: end when this number of devices has finished. By default Ctrl-C ends it.'),
};
