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
import { openStudent } from '../train/open-student.js';
import type { StudentFile } from '../train/student-folder.js';
import { type TeacherFile, teacherFolders } from '../train/teacher-folder.js';
import { calibrationWindows } from './calibration-windows.js';
import { defineCommand, UsageError } from './command.js';

export const exportCommand = defineCommand({
  name: 'export',
  summary: 'Write a trained student or teacher as a .tflite or .onnx file',
  options: z.object({
    student: z.string().optional().describe('Folder that `frill distill` wrote, or released model by name.'),
    teacher: z
      .string()
      .optional()
      .describe('Folder that `frill teacher train` wrote. Give it instead of --student.'),
    output: z
      .enum(TRILL_OUTPUTS)
      .default('layer19')
      .describe(
        'Which output of a teacher. layer19: the feature map that students learn. embedding: the unit vector of its triplet loss.',
      ),
    out: z.string().describe('File to write (.tflite or .onnx).'),
    form: z
      .enum(['trained', ...FORMS])
      .default('trained')
      .describe(
        'How numbers are stored. trained: int8-bottleneck after quantisation-aware training, otherwise float32.',
      ),
    input: z
      .enum(['log-mel', 'waveform'])
      .default('log-mel')
      .describe('What the model takes. waveform puts the front end into the file.'),
    batches: z
      .string()
      .regex(/^\d+(,\d+)*$/, 'numbers separated by commas')
      .optional()
      .describe(
        'Windows per run, one signature of the file for each. By default 1,8,32 for a student and 1,8 for a teacher.',
      ),
    calibration: z
      .array(z.string())
      .optional()
      .describe('Audio files, or folders of them, on which the form int8 measures the range of activations.'),
    name: z
      .string()
      .optional()
      .describe('Name of the model in its metadata. By default the name of the student or teacher.'),
  }),
  example: 'frill export --student runs/small-2-gap --out small-2-gap.tflite',
  async run({ out, form: asked, input, batches, calibration, name, ...chosen }, console) {
    const isOnnx = out.endsWith('.onnx');
    if (!isOnnx && !out.endsWith('.tflite'))
      throw new UsageError({
        what: 'the name of the file does not tell its format',
        where: `--out ${out}`,
        remedy: 'Give a name that ends in .tflite or .onnx',
      });
    if (isOnnx && (input === 'waveform' || (asked !== 'trained' && asked !== 'float32')))
      throw new UsageError({
        what: 'an .onnx file can only take log-mel and store float32',
        where: '--out',
        remedy: 'Write a .tflite file, or leave out --form and --input',
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
    console.print(`form ${form}, takes ${input}, gives an embedding of ${metadata?.embeddingSize} values`);
    for (const { op, count, reason } of undelegated)
      console.print(`XNNPACK cannot run ${count} x ${op}, so slower kernels do: ${reason}`);
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
    const { config, weights, ...file } = await openStudent(student);
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
    what: 'give the folder of either a student or a teacher',
    where: '--student or --teacher',
    remedy: 'For example: --student runs/small-2-gap',
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
