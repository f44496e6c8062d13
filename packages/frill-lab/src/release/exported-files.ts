/** The files of a released model: the form that ships, the same with audio in, float32 as .tflite and as .onnx, its weights. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportSettings } from '../export/export-model.js';
import { exportStudent, exportStudentOnnx } from '../export/export-student.js';
import type { Form } from '../export/forms.js';
import { writeWhole } from '../run/whole-file.js';
import { WEIGHTS_FILE } from '../train/network-folder.js';
import { type FinishedStudent, studentFolders } from '../train/student-folder.js';

export interface ReleasedFile {
  readonly file: string;
  /** What it takes, and how its numbers are stored. */
  readonly input: 'log-mel' | 'waveform';
  readonly form: Form;
  readonly bytes: number;
  readonly sha256: string;
}

export interface ExportedFiles {
  /** The first is what ships: what the name loads. */
  readonly files: readonly ReleasedFile[];
  /** Of the first. */
  readonly shipped: Uint8Array;
}

/** Which float32 files are written beside those that ship; they are the larger ones. */
export const FLOAT32_FILES = ['all', 'onnx', 'none'] as const;
export type Float32Files = (typeof FLOAT32_FILES)[number];

export interface ReleaseForms extends Pick<ExportSettings, 'calibration' | 'progress'> {
  readonly name: string;
  readonly version: number;
  /** Of the file that ships. */
  readonly form: Form;
  readonly float32: Float32Files;
  /** Whether trainings can start from it: student.json and weights.safetensors, its kernels in float16. */
  readonly weights: boolean;
}

/** Writes them to a folder. The same student gives the same bytes. Throws ModelError where the form needs what is not given. */
export async function exportFiles(
  student: FinishedStudent,
  folder: string,
  { name, version, form, float32, weights: withWeights, ...settings }: ReleaseForms,
): Promise<ExportedFiles> {
  const { config, weights, provenance, training, options, validation } = student;
  const common = {
    ...settings,
    config,
    weights,
    name: `${name}-v${version}`,
    provenance: { ...provenance, training, options, validation },
  };
  const files: ReleasedFile[] = [];
  const list = (file: string, kind: Pick<ReleasedFile, 'input' | 'form'>, bytes: Uint8Array) =>
    files.push({
      file,
      ...kind,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
  const write = async (file: string, kind: Pick<ReleasedFile, 'input' | 'form'>, bytes: Uint8Array) => {
    await writeWhole(join(folder, file), bytes);
    list(file, kind, bytes);
    return bytes;
  };
  const tflite = async (file: string, kind: Pick<ReleasedFile, 'input' | 'form'>) =>
    write(file, kind, await exportStudent({ ...common, ...kind }));
  const shipped = await tflite(`${name}.tflite`, { input: 'log-mel', form });
  await tflite(`${name}-audio.tflite`, { input: 'waveform', form });
  if (float32 === 'all' && form !== 'float32')
    await tflite(`${name}-float32.tflite`, { input: 'log-mel', form: 'float32' });
  if (float32 !== 'none')
    await write(`${name}.onnx`, { input: 'log-mel', form: 'float32' }, await exportStudentOnnx(common));
  if (withWeights) {
    await studentFolders.write(folder, student, 'F16');
    list(WEIGHTS_FILE, { input: 'log-mel', form: 'float16' }, await readFile(join(folder, WEIGHTS_FILE)));
  }
  // Those of an earlier version would pass for its own.
  else await studentFolders.remove(folder);
  return { files, shipped };
}
