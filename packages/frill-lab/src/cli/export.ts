/** `frill export`: a trained student, or a trained teacher, as a .tflite or .onnx file. */
import { z } from 'zod';
import type { ExportSettings } from '../export/export-model.js';
import { exportStudent, exportStudentOnnx, formOf } from '../export/export-student.js';
import { exportTeacher, exportTeacherOnnx } from '../export/export-teacher.js';
import { FORMS, type Form } from '../export/forms.js';
import { inspectModel } from '../export/inspect.js';
import { TRILL_OUTPUTS, type TrillOutput } from '../models/trill.js';
import { checkDestination } from '../run/destination.js';
import { writeWhole } from '../run/whole-file.js';
import { type StudentFile, studentFolders } from '../train/student-folder.js';
import { type TeacherFile, teacherFolders } from '../train/teacher-folder.js';
import { calibrationWindows } from './calibration-windows.js';
import { defineCommand, UsageError } from './command.js';

export const exportCommand = defineCommand({
  name: 'export',
  summary: 'Write a trained student, or a trained teacher, as a .tflite or .onnx file',
  options: z.object({
    student: z.string().optional().describe('folder that frill distill wrote'),
    teacher: z.string().optional().describe('folder that frill teacher train wrote, instead of a student'),
    output: z
      .enum(TRILL_OUTPUTS)
      .default('layer19')
      .describe('of a teacher: what students learn, or the unit vector of its own loss'),
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
      .optional()
      .describe('windows a run, one signature each (default: 1,8,32 of a student, 1,8 of a teacher)'),
    calibration: z
      .array(z.string())
      .optional()
      .describe('audio files that the form int8 measures activations on'),
    name: z.string().optional().describe("the model's name in its metadata; its own unless told"),
  }),
  example: 'frill export --student runs/small-2-gap --out small-2-gap.tflite',
  async run({ out, form: asked, input, batches, calibration, name, ...chosen }, console) {
    const isOnnx = out.endsWith('.onnx');
    if (isOnnx && (input === 'waveform' || (asked !== 'trained' && asked !== 'float32')))
      throw new UsageError({
        what: 'an .onnx file takes log-mel and holds float32',
        where: '--out',
        remedy: 'Name a .tflite file for other forms and for waveform input',
      });
    await checkDestination(out);
    const trained = await openTrained(chosen);
    const form = asked === 'trained' ? trained.form : asked;
    const settings: ExportSettings = {
      form,
      input,
      name: name ?? trained.name,
      provenance: trained.provenance,
      progress: console.progress,
      ...(batches ? { batches: batches.split(',').map(Number) } : {}),
      ...(calibration ? { calibration: await calibrationWindows(calibration, console.progress) } : {}),
    };
    const file = await (isOnnx ? trained.toOnnx(settings) : trained.toTflite(settings));
    await writeWhole(out, file);
    console.print(`${out}: ${(file.length / 2 ** 20).toFixed(2)} MiB`);
    if (isOnnx) return { out, bytes: file.length, form: 'float32' };
    const { metadata, undelegated } = inspectModel(file, out);
    console.print(`form ${form}, ${input} in, embedding of ${metadata?.embeddingSize} out`);
    for (const { op, count, reason } of undelegated)
      console.print(`XNNPACK would leave ${count} x ${op} to slower kernels: ${reason}`);
    return { out, bytes: file.length, form, undelegated };
  },
});

/** A network that is ready to be written. */
interface Trained {
  readonly name: string;
  /** The form that its training asks for. */
  readonly form: Form;
  readonly provenance: Readonly<Record<string, unknown>>;
  toTflite(settings: ExportSettings): Promise<Uint8Array>;
  toOnnx(settings: ExportSettings): Promise<Uint8Array>;
}

interface Source {
  readonly student?: string | undefined;
  readonly teacher?: string | undefined;
  readonly output: TrillOutput;
}

async function openTrained({ student, teacher, output }: Source): Promise<Trained> {
  if (student !== undefined && teacher === undefined) {
    const { config, weights, ...file } = await studentFolders.read(student);
    return {
      ...describe(file),
      form: formOf(config),
      toTflite: (settings) => exportStudent({ ...settings, config, weights }),
      toOnnx: (settings) => exportStudentOnnx({ ...settings, config, weights }),
    };
  }
  if (teacher !== undefined && student === undefined) {
    const { config, weights, ...file } = await teacherFolders.read(teacher);
    return {
      ...describe(file),
      form: 'float32',
      toTflite: (settings) => exportTeacher({ ...settings, config, weights, output }),
      toOnnx: (settings) => exportTeacherOnnx({ ...settings, config, weights, output }),
    };
  }
  throw new UsageError({
    what: 'give the folder of a student, or of a teacher',
    where: '--student or --teacher',
    remedy: 'See --help',
  });
}

function describe({
  name,
  provenance,
  training,
  options,
  validation,
}: Omit<StudentFile | TeacherFile, 'config'>) {
  return { name, provenance: { ...provenance, training, options, validation } };
}
