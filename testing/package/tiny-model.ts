/** A small student with weights as they are before training: for tests of what runs one. */
import { exportStudent } from '../../packages/frill-lab/src/export/export-student.js';
import { initialise } from '../../packages/frill-lab/src/models/initialise.js';
import { buildStudent } from '../../packages/frill-lab/src/models/student.js';
import { parseStudentName } from '../../packages/frill-lab/src/models/student-config.js';

const CONFIG = parseStudentName('tiny-0.5-gap', { bottleneck: 24 });

/** The smallest as a .tflite file, float32; embeddings have 24 values. */
export function tinyModel(): Promise<Uint8Array> {
  const { graph } = buildStudent(CONFIG, { batch: 1, mode: 'inference' });
  const weights = initialise(graph, 'tiny-model');
  return exportStudent({ config: CONFIG, weights, form: 'float32', name: 'tiny', provenance: {} });
}
