/** The files that are compared: students as they are before training, which costs the same time, and what is released. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isReleasedName } from 'frill-audio/internals';
import { exportStudent, exportStudentOnnx } from '../../packages/frill-lab/src/export/export-student.js';
import { FORMS } from '../../packages/frill-lab/src/export/forms.js';
import { initialise } from '../../packages/frill-lab/src/models/initialise.js';
import { buildStudent } from '../../packages/frill-lab/src/models/student.js';
import { parseStudentName } from '../../packages/frill-lab/src/models/student-config.js';
import { random } from '../../packages/frill-lab/src/tensor/random.js';
import { wireBytes } from './wire-bytes.js';

/** A model's file in one form. */
export interface Contestant {
  readonly model: string;
  readonly form: string;
  readonly path: string;
  /** Bytes of the file, compressed by brotli. */
  readonly wireBytes: number;
}

const BATCHES = [1, 8];
const RELEASED = fileURLToPath(new URL('../../packages/frill-models/', import.meta.url));

/** Released models by their name, students by size and width. The .onnx file is one more form, for onnxruntime alone. */
export function contestants(model: string, folder: string): Promise<Contestant[]> {
  return isReleasedName(model) ? released(model) : student(model, folder);
}

/** Names of the models that are released. */
export async function releasedNames(): Promise<string[]> {
  return (await catalogue()).map(({ name }) => name);
}

async function student(size: string, folder: string): Promise<Contestant[]> {
  const plain = untrained(`${size}-gap`);
  // Its bottleneck is in int8 since training.
  const quantised = untrained(`${size}-gap-qat`);
  const stream = random('bench/device');
  const calibration = Float32Array.from({ length: 8 * 96 * 64 }, () => stream.normal(-3, 2));
  const files: Contestant[] = [];
  const add = async (form: string, bytes: Uint8Array) => {
    const path = join(folder, `${size}-${form}`);
    await writeFile(path, bytes);
    files.push({ model: size, form, path, wireBytes: wireBytes(bytes) });
  };
  for (const form of FORMS) {
    const exported = form === 'int8-bottleneck' ? quantised : plain;
    await add(form, await exportStudent({ ...exported, form, calibration, batches: BATCHES }));
  }
  await add('onnx', await exportStudentOnnx(plain));
  return files;
}

function untrained(name: string) {
  const config = parseStudentName(name);
  const weights = initialise(buildStudent(config, { batch: 1, mode: 'inference' }).graph, 'bench');
  return { config, weights, name, provenance: {} };
}

async function released(model: string): Promise<Contestant[]> {
  const files: Contestant[] = [];
  for (const { name, files: forms } of await catalogue())
    for (const { file, input, form } of name === model ? forms : []) {
      // Weights are for training.
      if (input !== 'log-mel' || !/\.(tflite|onnx)$/.test(file)) continue;
      const path = join(RELEASED, name, file);
      files.push({
        model: name,
        form: file.endsWith('.onnx') ? 'onnx' : form,
        path,
        wireBytes: wireBytes(await readFile(path)),
      });
    }
  return files;
}

interface Listed {
  readonly name: string;
  readonly files: readonly { readonly file: string; readonly input: string; readonly form: string }[];
}

async function catalogue(): Promise<readonly Listed[]> {
  return JSON.parse(await readFile(join(RELEASED, 'models.json'), 'utf8'));
}
