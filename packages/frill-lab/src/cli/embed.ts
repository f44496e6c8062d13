/** `frill embed`: recordings to embeddings. */
import { SMALLEST_MODEL } from 'frill-audio';
import { z } from 'zod';
import { embedFiles } from '../embeddings/embed-files.js';
import { engineTitle } from '../models/engines.js';
import { openEmbedder } from '../models/open-embedder.js';
import { defineCommand } from './command.js';
import { deviceForValues, engineForValues } from './engine-option.js';

export const embed = defineCommand({
  name: 'embed',
  summary: 'Embed audio files with a model',
  positional: '<files...>',
  options: z.object({
    files: z.array(z.string()).min(1).describe('Audio files, or folders with audio files.'),
    model: z
      .string()
      .default(SMALLEST_MODEL)
      .describe(
        'Released model by name, or model file (.tflite or .onnx): a student, or any model that takes log-mel windows or audio samples.',
      ),
    out: z
      .string()
      .default('embeddings.parquet')
      .describe('File to write: .npy, .parquet, .csv or .tfrecord.'),
    rows: z
      .enum(['windows', 'mean'])
      .default('windows')
      .describe('What a row holds. windows: one window, with its time. mean: one file, averaged over time.'),
    hop: z
      .int()
      .positive()
      .optional()
      .describe(
        'Frames of 10 ms between the starts of two windows. By default as the model says, for FRILL 17.',
      ),
    output: z.string().optional().describe('Name of the output to use, if the model has several.'),
    engine: engineForValues,
    device: deviceForValues,
    threads: z
      .int()
      .positive()
      .optional()
      .describe('Threads per inference. By default one per CPU core, if the engine can use them.'),
    strict: z
      .boolean()
      .default(false)
      .describe('Stop at the first file that cannot be read instead of skipping it.'),
  }),
  example: 'frill embed recordings/ --model frill.tflite --out embeddings.parquet',
  async run({ files, model, out, rows, hop, output, engine, device, threads, strict }, console) {
    const embedder = await openEmbedder(model, {
      hopFrames: hop,
      output,
      engine,
      device,
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
