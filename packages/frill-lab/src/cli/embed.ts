/** `frill embed`: recordings to embeddings. */
import { SMALLEST_MODEL } from 'frill-audio';
import { z } from 'zod';
import { embedFiles } from '../embeddings/embed-files.js';
import { engineTitle } from '../models/engines.js';
import { openEmbedder } from '../models/open-embedder.js';
import { defineCommand } from './command.js';
import { engineForValues } from './engine-option.js';

export const embed = defineCommand({
  name: 'embed',
  summary: 'Embed audio files with a model; write .npy, .parquet, .csv or .tfrecord',
  positional: '<files...>',
  options: z.object({
    files: z.array(z.string()).min(1).describe('audio files, or folders with audio files'),
    model: z
      .string()
      .default(SMALLEST_MODEL)
      .describe(
        'name of a released model, or .tflite or .onnx file: a student, or any model that takes log-mel windows or samples',
      ),
    out: z.string().default('embeddings.parquet').describe('.npy, .parquet, .csv or .tfrecord file to write'),
    rows: z
      .enum(['windows', 'mean'])
      .default('windows')
      .describe('one row a window with its time, or one row a file with the mean over time'),
    hop: z
      .int()
      .positive()
      .optional()
      .describe('frames (10 ms) from window to window (default: as the model says; FRILL: 17)'),
    output: z.string().optional().describe('output of the model to use, if it has several'),
    engine: engineForValues,
    threads: z
      .int()
      .positive()
      .optional()
      .describe('threads of one inference; by default as many as there are cores and the engine can use'),
    strict: z.boolean().default(false).describe('fail on the first bad file instead of skipping it'),
  }),
  example: 'frill embed recordings/ --model frill.tflite --out embeddings.parquet',
  async run({ files, model, out, rows, hop, output, engine, threads, strict }, console) {
    const embedder = await openEmbedder(model, {
      hopFrames: hop,
      output,
      engine,
      threads: threads ?? 'cores',
    });
    try {
      const { progress, signal } = console;
      const result = await embedFiles({ files, embedder, out, rows, strict, progress, signal });
      console.print(
        `${out}: ${result.rows} rows of ${result.dimension} values from ${result.clips} files, ${result.skipped.length} skipped; ${engineTitle(embedder.engine)} ran the model`,
      );
      return { ...result, engine: embedder.engine };
    } finally {
      embedder.close();
    }
  },
});
