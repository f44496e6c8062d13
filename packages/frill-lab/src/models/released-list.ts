/** `models.json` of the package frill-models: the released models and their files, with checksums. */
import { createRequire } from 'node:module';
import { z } from 'zod';
import { readJson } from '../run/json-file.js';

export const releasedListSchema = z.array(
  z.object({
    name: z.string(),
    version: z.int().positive(),
    files: z
      .array(
        z.object({
          file: z.string(),
          /** What it takes, and how its numbers are stored. */
          input: z.enum(['log-mel', 'waveform']),
          form: z.enum(['float32', 'int8-bottleneck', 'int8-weight', 'int8', 'float16']),
          bytes: z.int(),
          sha256: z.string(),
        }),
      )
      .min(1),
  }),
);

export type ReleasedList = z.infer<typeof releasedListSchema>;

/** The list of the package that is installed. */
export function installedList(): string {
  return createRequire(import.meta.url).resolve('frill-models/models.json');
}

/** Throws InputError where there is no such list, or a damaged one. */
export function readReleasedList(path: string): Promise<ReleasedList> {
  return readJson(path, (value) => releasedListSchema.parse(value), {
    what: 'not a list of released models',
    remedy: 'Install frill-models again',
  });
}
