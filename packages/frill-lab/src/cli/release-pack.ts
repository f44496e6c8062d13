/** `frill release pack`: a trained student as a released model, with its card. */
import { RELEASED_MODELS } from 'frill-audio';
import { z } from 'zod';
import { FORMS } from '../export/forms.js';
import { FLOAT32_FILES } from '../release/exported-files.js';
import { packRelease } from '../release/pack.js';
import { calibrationWindows } from './calibration-windows.js';
import { defineCommand } from './command.js';
import { parseColumn } from './training-clips.js';

export const releasePack = defineCommand({
  name: 'release pack',
  summary: 'Write the files, the card and the notices of a released model',
  positional: '<student>',
  options: z.object({
    student: z.string().describe('folder that frill distill wrote'),
    name: z.enum(RELEASED_MODELS).describe('small, middle or large'),
    version: z.int().positive().describe('1, 2, ...; embeddings of two versions cannot be compared'),
    out: z.string().default('packages/frill-models').describe('folder of the package frill-models'),
    device: z
      .string()
      .optional()
      .describe('folder of the package frill-audio, to put the model into it as the one of loadEmbedder()'),
    form: z.enum(FORMS).default('int8-weight').describe('how numbers are stored in the file that ships'),
    float32: z
      .enum(FLOAT32_FILES)
      .default('all')
      .describe('the float32 files beside it: .tflite and .onnx, .onnx alone, or none'),
    calibration: z
      .array(z.string())
      .optional()
      .describe('audio files that the form int8 measures activations on'),
    manifest: z.string().optional().describe('manifest of what it was trained on, for card and NOTICE'),
    where: z.array(z.string()).default([]).describe('the rows of it that were, as frill distill had them'),
    networks: z.string().optional().describe('JSON list of the networks that taught it, for card and NOTICE'),
    sources: z.string().optional().describe("folder of the corpus's declarations, for NOTICE"),
    evaluation: z
      .string()
      .optional()
      .describe('--out folder of frill evaluate with this very model, for the card'),
    latency: z
      .string()
      .optional()
      .describe('what frill bench --json printed of this very model, for the card'),
  }),
  example: 'frill release pack runs/small --name frill-s --version 1 --manifest corpus/manifest.csv',
  async run({ out, calibration, where, ...options }, { print, progress }) {
    const entry = await packRelease({
      ...options,
      models: out,
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
