/** `frill export`: a trained student as a .tflite or .onnx file. */
import { InputError, loadFrontend, readMono16k } from 'frill';
import { z } from 'zod';
import { type ExportOptions, exportStudent, exportStudentOnnx } from '../export/export-student.js';
import { FORMS, type Form } from '../export/forms.js';
import { inspectModel } from '../export/inspect.js';
import { writeWhole } from '../run/whole-file.js';
import { readStudent } from '../train/student-folder.js';
import { defineCommand, UsageError } from './command.js';

/** Activations hardly widen beyond this many windows. */
const CALIBRATION_WINDOWS = 128;

export const exportCommand = defineCommand({
  name: 'export',
  summary: 'Write a trained student as a .tflite or .onnx file',
  options: z.object({
    student: z.string().describe('folder that frill distill wrote'),
    out: z.string().describe('file to write, .tflite or .onnx'),
    form: z
      .enum(['trained', ...FORMS])
      .default('trained')
      .describe(
        'how numbers are stored; trained is int8-bottleneck after quantisation-aware training, else float32',
      ),
    input: z.enum(['log-mel', 'waveform']).default('log-mel').describe('waveform puts the front end inside'),
    batches: z
      .string()
      .regex(/^\d+(,\d+)*$/, 'numbers separated by commas')
      .default('1,8,32')
      .describe('windows a run, one signature each'),
    calibration: z
      .array(z.string())
      .optional()
      .describe('audio files that the form int8 measures activations on'),
    name: z.string().optional().describe("the model's name in its metadata; the student's unless told"),
  }),
  example: 'frill export --student runs/small-2-gap --out small-2-gap.tflite',
  async run({ student: folder, out, form: asked, input, batches, calibration, name }, console) {
    const { config, weights, provenance, options, ...student } = await readStudent(folder);
    const form: Form =
      asked !== 'trained' ? asked : config.quantization === 'aware' ? 'int8-bottleneck' : 'float32';
    const model: ExportOptions = {
      config,
      weights,
      form,
      input,
      name: name ?? student.name,
      provenance: { ...provenance, training: student.training, options, validation: student.validation },
      batches: batches.split(',').map(Number),
      ...(calibration ? { calibration: await windowsOf(calibration) } : {}),
    };
    const file = out.endsWith('.onnx') ? await onnx(model, asked) : await exportStudent(model);
    await writeWhole(out, file);
    console.print(`${out}: ${(file.length / 2 ** 20).toFixed(2)} MiB`);
    if (out.endsWith('.onnx')) return { out, bytes: file.length, form: 'float32' };
    const { undelegated } = inspectModel(file, out);
    console.print(`form ${form}, ${input} in, embedding of ${config.bottleneck} out`);
    for (const { op, count, reason } of undelegated)
      console.print(`XNNPACK would leave ${count} x ${op} to slower kernels: ${reason}`);
    return { out, bytes: file.length, form, undelegated };
  },
});

async function onnx(model: ExportOptions, asked: string): Promise<Uint8Array> {
  if (model.input === 'waveform' || (asked !== 'trained' && asked !== 'float32'))
    throw new UsageError({
      what: 'an .onnx file takes log-mel and holds float32',
      where: '--out',
      remedy: 'Name a .tflite file for other forms and for waveform input',
    });
  return exportStudentOnnx(model);
}

/** Windows spread evenly over the files, at most `CALIBRATION_WINDOWS`. */
async function windowsOf(files: readonly string[]): Promise<Float32Array> {
  const frontend = await loadFrontend();
  const { frames, melBands } = frontend.parameters;
  const size = frames * melBands;
  const all: Float32Array[] = [];
  for (const file of files) {
    const { count, data } = frontend.windows(await readMono16k(file));
    for (let n = 0; n < count; n++) all.push(data.subarray(n * size, (n + 1) * size));
  }
  if (all.length === 0)
    throw new InputError({
      what: 'no window of audio in these files',
      where: '--calibration',
      remedy: 'Give others',
    });
  const step = Math.max(1, all.length / CALIBRATION_WINDOWS);
  const chosen = Array.from({ length: Math.floor(all.length / step) }, (_, n) => all[Math.floor(n * step)]);
  const windows = new Float32Array(chosen.length * size);
  for (const [n, window] of chosen.entries()) windows.set(window, n * size);
  return windows;
}
