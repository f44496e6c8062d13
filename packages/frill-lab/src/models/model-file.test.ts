import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FRILL_FRONTEND, ModelError } from 'frill-audio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedPath, withShared } from '../../../../testing/shared.js';
import { exportStudent, exportStudentOnnx } from '../export/export-student.js';
import type { Form } from '../export/forms.js';
import { random } from '../tensor/random.js';
import { initialise } from './initialise.js';
import { openModelFile } from './model-file.js';
import { openRepresentation } from './open-representation.js';
import { buildStudent } from './student.js';
import { parseStudentName, type StudentConfig } from './student-config.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frill-engines-'));
});
afterAll(() => rm(folder, { recursive: true }));

const stream = random('model-file');
const clip = Float32Array.from({ length: 30_000 }, (_, n) => 0.3 * Math.sin(n / 20) + stream.normal(0, 0.05));

function student(name: string) {
  const config: StudentConfig = parseStudentName(name, { rank: 7, bottleneck: 48, input: 'standardise' });
  const weights = initialise(buildStudent(config, { batch: 1, mode: 'inference' }).graph, name);
  return { config, weights, name, provenance: {} };
}

async function exported(
  name: string,
  form: Form,
  input: 'log-mel' | 'waveform',
  batches?: readonly number[],
): Promise<string> {
  const path = join(folder, `${name}-${form}-${input}-${batches}.tflite`);
  const calibration = Float32Array.from({ length: 4 * 96 * 64 }, () => stream.normal(-3, 2));
  const options = { ...student(name), form, input, calibration, ...(batches && { batches }) };
  await writeFile(path, await exportStudent(options));
  return path;
}

/** The smallest over the windows. */
function cosine(a: Float32Array, b: Float32Array, dimension: number): number {
  let smallest = 1;
  for (let start = 0; start < a.length; start += dimension) {
    let [ab, aa, bb] = [0, 0, 0];
    for (let i = start; i < start + dimension; i++) {
      ab += a[i] * b[i];
      aa += a[i] ** 2;
      bb += b[i] ** 2;
    }
    smallest = Math.min(smallest, ab / Math.sqrt(aa * bb));
  }
  return smallest;
}

describe.each<[string, Form, 'log-mel' | 'waveform', (readonly number[])?]>([
  ['tiny-0.5-gap', 'float32', 'log-mel'],
  ['small-0.5-flat', 'float32', 'log-mel'],
  ['large-0.5-gap-lowrank', 'float32', 'log-mel'],
  ['tiny-0.5-flat-lowrank', 'float16', 'log-mel'],
  ['tiny-0.5-gap', 'int8-weight', 'log-mel'],
  ['tiny-0.5-gap-lowrank-qat', 'int8-bottleneck', 'log-mel'],
  ['tiny-0.5-gap', 'float32', 'log-mel', [1]],
  ['tiny-0.5-gap', 'float32', 'waveform'],
])('%s as %s, %s %j', (...kind) => {
  test("runs in onnxruntime, which gives what LiteRT.js and Frill's engine give, under the same identity", async () => {
    const path = await exported(...kind);
    const chosen = await openRepresentation(path);
    expect(chosen).toMatchObject({ engine: 'onnxruntime', engineReason: undefined });
    const expected = await chosen.embed(clip);
    for (const engine of ['litert', 'frill'] as const) {
      const other = await openRepresentation(path, { engine });
      expect(other).toMatchObject({ engine, identity: chosen.identity });
      const found = await other.embed(clip);
      expect(found.count).toBe(expected.count);
      expect(cosine(found.data, expected.data, other.dimension)).toBeGreaterThan(0.99999);
      other.close();
    }
    chosen.close();
  });
});

test('arithmetic in int8 is run as on the device, and says why', async () => {
  const path = await exported('tiny-0.5-gap', 'int8', 'log-mel');
  const model = await openModelFile(path);
  expect(model.engine).toBe('frill');
  expect(model.reason).toContain('int8');
  model.close();
  await expect(openModelFile(path, { engine: 'onnxruntime' })).rejects.toThrow('--engine litert');
});

test('the front end of an exported file is used, in either format', async () => {
  const frontend = { ...FRILL_FRONTEND, frameHop: 48, logOffset: 0.01 };
  const options = { ...student('tiny-0.5-gap'), frontend };
  const paths = ['hop.onnx', 'hop.tflite'].map((name) => join(folder, name));
  await writeFile(paths[0], await exportStudentOnnx(options));
  await writeFile(paths[1], await exportStudent({ ...options, form: 'float32' }));
  for (const path of paths) {
    const model = await openModelFile(path);
    expect(model.frontend).toEqual(frontend);
    expect(model.metadata?.name).toBe('tiny-0.5-gap');
    model.close();
  }
});

test('an ONNX file is its own translation, and LiteRT.js cannot be forced on it', async () => {
  const path = join(folder, 'student.onnx');
  await writeFile(path, await exportStudentOnnx(student('tiny-0.5-gap')));
  const [onnx, tflite] = [
    await openRepresentation(path),
    await openRepresentation(await exported('tiny-0.5-gap', 'float32', 'log-mel')),
  ];
  expect(onnx.engine).toBe('onnxruntime');
  expect((await onnx.embed(clip)).data).toEqual((await tflite.embed(clip)).data);
  onnx.close();
  tflite.close();
  await expect(openModelFile(path, { engine: 'litert' })).rejects.toThrow(ModelError);
});

withShared('a foreign model', 'data/models/yamnet_scores_embedding1024.tflite', () => {
  test('a network that rounds its activations to int8 stays in LiteRT.js', async () => {
    const model = await openModelFile(sharedPath('data/models/yamnet_scores_embedding1024.tflite'));
    expect(model.engine).toBe('litert');
    expect(model.reason).toMatch(/^onnxruntime, .*: the operator FULLY_CONNECTED computes with int8/);
    expect(model.reason).toMatch(/; Frill's engine does not run the operator SLICE$/);
    model.close();
  });
});
