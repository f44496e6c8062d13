/** `frill release pack`: a trained student as a released model, with its card. */
import { RELEASED_MODELS } from 'frill-audio';
import { z } from 'zod';
import { FORMS } from '../export/forms.js';
import { BESIDE } from '../release/exported-files.js';
import { packRelease } from '../release/pack.js';
import { calibrationWindows } from './calibration-windows.js';
import { defineCommand } from './command.js';
import { parseColumn } from './training-clips.js';

export const releasePack = defineCommand({
  name: 'release pack',
  summary: 'Write the files, the model card and the notices of a released model',
  positional: '<student>',
  options: z.object({
    student: z.string().describe('Folder that `frill distill` wrote.'),
    name: z
      .enum(RELEASED_MODELS)
      .describe('Name of the released model: small (frill-s), middle (frill-m) or large (frill-l).'),
    version: z
      .int()
      .positive()
      .describe('Version: 1, 2 and so on. Embeddings of two versions cannot be compared.'),
    out: z.string().default('packages/frill-models').describe('Folder of the package frill-models.'),
    device: z
      .string()
      .optional()
      .describe(
        'Folder of the package frill-audio. The model is put into it as the default of loadEmbedder().',
      ),
    form: z.enum(FORMS).default('int8-weight').describe('How numbers are stored in the published file.'),
    beside: z
      .array(z.enum([...BESIDE, 'none']))
      .default([...BESIDE])
      .describe(
        'What to write beside it. audio: the same with samples in. float32: a float32 .tflite file. onnx: a float32 .onnx file. weights: what `--start-from NAME` and `frill export --student NAME` need. none: nothing.',
      ),
    calibration: z
      .array(z.string())
      .optional()
      .describe('Audio files on which the form int8 measures the range of activations.'),
    manifest: z.string().optional().describe('Manifest of the training audio. The card and NOTICE quote it.'),
    where: z
      .array(z.string())
      .default([])
      .describe('Rows of the manifest that were used, as `frill distill --where` was given them.'),
    networks: z
      .string()
      .optional()
      .describe('JSON list of the networks that taught the student. The card and NOTICE quote it.'),
    sources: z
      .string()
      .optional()
      .describe('Folder of the declarations of the training corpus. NOTICE quotes it.'),
    evaluation: z
      .string()
      .optional()
      .describe('Folder that `frill evaluate` wrote for this model. The card quotes it.'),
    latency: z
      .string()
      .optional()
      .describe('File with what `frill bench --json` printed for this model. The card quotes it.'),
  }),
  example: 'frill release pack runs/small --name frill-s --version 1',
  async run({ out, calibration, where, beside, ...options }, { print, progress }) {
    const entry = await packRelease({
      ...options,
      models: out,
      beside: beside.filter((file) => file !== 'none'),
      calibration: calibration && (await calibrationWindows(calibration, progress)),
      where: Object.fromEntries(where.map(parseColumn)),
      progress,
    });
    for (const { file, bytes, sha256 } of entry.files)
      print(`${out}/${entry.name}/${file}: ${(bytes / 2 ** 20).toFixed(2)} MiB, SHA-256 ${sha256}`);
    print(`${out}/${entry.name}/README.md: the card`);
    return entry;
  },
});
