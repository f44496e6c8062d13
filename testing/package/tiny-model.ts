/** The smallest student, with weights as they are before training: for tests of what runs it. */
import { exportStudent } from '../../packages/frill-lab/src/export/export-student.js';
import { initialise } from '../../packages/frill-lab/src/models/initialise.js';
import { buildStudent } from '../../packages/frill-lab/src/models/student.js';
import type { StudentConfig } from '../../packages/frill-lab/src/models/student-config.js';

const CONFIG: StudentConfig = {
  size: 'tiny',
  width: 0.5,
  pooling: 'gap',
  compression: { kind: 'none' },
  quantization: 'none',
  bottleneck: 24,
  input: 'standardise',
};

/** Its .tflite file, float32; embeddings have 24 values. */
export async function tinyModel(): Promise<Uint8Array> {
  const { graph } = buildStudent(CONFIG, { batch: 1, mode: 'inference' });
  const weights = initialise(graph, 'tiny-model');
  return exportStudent({ config: CONFIG, weights, form: 'float32', name: 'tiny', provenance: {} });
}
