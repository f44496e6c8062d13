/** Model files: what reads the graph and the metadata of a .tflite, and of an .onnx. */

import { FrillError, loadModel } from 'frill-audio';
import { readModelMetadata } from 'frill-audio/internals';
import { exportStudent, exportStudentOnnx } from '../packages/frill-lab/src/export/export-student.js';
import { inspectModel } from '../packages/frill-lab/src/export/inspect.js';
import { initialise } from '../packages/frill-lab/src/models/initialise.js';
import { buildStudent } from '../packages/frill-lab/src/models/student.js';
import { parseStudentName } from '../packages/frill-lab/src/models/student-config.js';
import { readOnnxMetadata } from '../packages/frill-lab/src/onnx/onnx-model.js';
import { readTflite } from '../packages/frill-lab/src/tflite/read-tflite.js';
import type { FuzzGroup } from './group.js';

const CONFIG = parseStudentName('tiny-0.5-gap', { bottleneck: 8 });

export const group: FuzzGroup = {
  async seeds() {
    const weights = initialise(buildStudent(CONFIG, { batch: 1, mode: 'inference' }).graph, 'fuzz');
    const made = { config: CONFIG, weights, name: 'fuzz', provenance: {} };
    return [
      { name: 'float32.tflite', bytes: await exportStudent({ ...made, form: 'float32' }) },
      { name: 'float16.tflite', bytes: await exportStudent({ ...made, form: 'float16' }) },
      { name: 'int8-weight.tflite', bytes: await exportStudent({ ...made, form: 'int8-weight' }) },
      { name: 'student.onnx', bytes: await exportStudentOnnx(made) },
    ];
  },

  async read({ name, bytes }) {
    if (name.startsWith('student.onnx')) {
      readOnnxMetadata(bytes, 'frill.json');
      return;
    }
    // What each finds is its own: one that refuses keeps none of the others from trying.
    const refused: FrillError[] = [];
    for (const read of [readModelMetadata, readTflite, inspectModel, runOnce])
      try {
        await read(bytes);
      } catch (error) {
        if (!(error instanceof FrillError)) throw error;
        refused.push(error);
      }
    if (refused.length > 0) throw refused[0];
  },
};

/** Loads it as an app does, and runs it once. */
async function runOnce(bytes: Uint8Array): Promise<void> {
  const model = await loadModel(bytes);
  try {
    const { inputs } = Object.values(model.signatures)[0];
    const values = inputs.map(({ name, shape }) => [
      name,
      new Float32Array(shape.reduce((a, b) => a * b, 1)),
    ]);
    await model.run(Object.fromEntries(values));
  } finally {
    model.close();
  }
}
