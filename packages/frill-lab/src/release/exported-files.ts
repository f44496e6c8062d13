/** The files of a released model: the form that ships, and beside it the same with audio in, float32 as .tflite and .onnx, its weights. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportSettings } from '../export/export-model.js';
import { exportStudent, exportStudentOnnx } from '../export/export-student.js';
import type { Form } from '../export/forms.js';
import { sha256Of } from '../run/sha256.js';
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
  /** Bytes of the first of them. */
  readonly shipped: Uint8Array;
}

/** What is written beside the file that ships. `weights` are for trainings to start from: student.json, and kernels in float16. */
export const BESIDE = ['audio', 'float32', 'onnx', 'weights'] as const;
export type Beside = (typeof BESIDE)[number];

export interface ReleaseForms extends Pick<ExportSettings, 'calibration' | 'progress'> {
  readonly name: string;
  readonly version: number;
  /** Form of the file that ships. */
  readonly form: Form;
  readonly beside: readonly Beside[];
}

/** Writes them to a folder, and removes those of an earlier version that are not written again. The same student gives the same bytes. Throws ModelError where the form needs what is not given. */
export async function exportFiles(
  student: FinishedStudent,
  folder: string,
  { name, version, form, beside, ...settings }: ReleaseForms,
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
      sha256: sha256Of(bytes),
    });
  const write = async (file: string, kind: Pick<ReleasedFile, 'input' | 'form'>, bytes: Uint8Array) => {
    await writeWhole(join(folder, file), bytes);
    list(file, kind, bytes);
    return bytes;
  };
  const tflite = async (file: string, kind: Pick<ReleasedFile, 'input' | 'form'>) =>
    write(file, kind, await exportStudent({ ...common, ...kind }));
  const shipped = await tflite(`${name}.tflite`, { input: 'log-mel', form });
  // What an earlier version left would pass for this one's.
  const names = { audio: `${name}-audio.tflite`, float32: `${name}-float32.tflite`, onnx: `${name}.onnx` };
  for (const stale of Object.values(names)) await rm(join(folder, stale), { force: true });
  await studentFolders.remove(folder);
  const float32 = { input: 'log-mel', form: 'float32' } as const;
  if (beside.includes('audio')) await tflite(names.audio, { input: 'waveform', form });
  if (beside.includes('float32') && form !== 'float32') await tflite(names.float32, float32);
  if (beside.includes('onnx')) await write(names.onnx, float32, await exportStudentOnnx(common));
  if (beside.includes('weights')) {
    await studentFolders.write(folder, student, 'F16');
    list(WEIGHTS_FILE, { input: 'log-mel', form: 'float16' }, await readFile(join(folder, WEIGHTS_FILE)));
  }
  return { files, shipped };
}
