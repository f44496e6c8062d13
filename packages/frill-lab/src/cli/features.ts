/** `frill features`: what the network sees of a recording. */

import { readFile } from 'node:fs/promises';
import { FRILL_FRONTEND, InputError, loadFrontend } from 'frill-audio';
import { readModelMetadata } from 'frill-audio/internals';
import { z } from 'zod';
import { writeFeatures } from '../corpus/feature-file.js';
import { defineCommand } from './command.js';

export const features = defineCommand({
  name: 'features',
  summary: 'Write the log-mel features of an audio file',
  positional: '<file>',
  options: z.object({
    file: z.string().describe('Audio file of any sample rate and number of channels.'),
    out: z.string().describe('File to write (.npy).'),
    rows: z
      .enum(['frames', 'windows'])
      .default('frames')
      .describe('frames: an array [frames, 64]. windows: an array [windows, 96, 64], as a network takes it.'),
    model: z
      .string()
      .optional()
      .describe('Use the front end that this .tflite file names. By default that of FRILL.'),
  }),
  example: 'frill features speech.wav --out speech.npy',
  async run({ file, out, rows, model }, console) {
    const frontend = await loadFrontend(model === undefined ? FRILL_FRONTEND : await frontendOf(model));
    const shape = await writeFeatures(file, out, rows, frontend, console);
    console.print(`${out}: float32 [${shape.join(', ')}]`);
    return { out, shape, frontend: frontend.parameters };
  },
});

async function frontendOf(model: string) {
  const bytes = await readFile(model).catch((cause: unknown) => {
    throw new InputError({ what: 'no such file', where: model, remedy: 'Check --model', cause });
  });
  const metadata = readModelMetadata(bytes, model);
  if (metadata) return metadata.frontend;
  throw new InputError({
    what: 'this model does not say which front end it was trained with',
    where: model,
    remedy: 'Leave --model out for the front end of FRILL',
  });
}
