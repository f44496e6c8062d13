/** Small students, with weights as they are before training: for tests of what runs them. */
import { exportStudent } from '../../packages/frill-lab/src/export/export-student.js';
import type { Form } from '../../packages/frill-lab/src/export/forms.js';
import { initialise } from '../../packages/frill-lab/src/models/initialise.js';
import { buildStudent } from '../../packages/frill-lab/src/models/student.js';
import { parseStudentName, type StudentConfig } from '../../packages/frill-lab/src/models/student-config.js';

const CONFIG = parseStudentName('tiny-0.5-gap', { bottleneck: 24 });

/** The smallest as a .tflite file, float32; embeddings have 24 values. */
export function tinyModel(): Promise<Uint8Array> {
  return untrained(CONFIG, 'float32');
}

/** One of the size and form of the model that the device package holds, about 1 MB; embeddings have 256 values. */
export function packagedModel(): Promise<Uint8Array> {
  return untrained({ ...CONFIG, width: 1, bottleneck: 256 }, 'int8-weight');
}

function untrained(config: StudentConfig, form: Form): Promise<Uint8Array> {
  const { graph } = buildStudent(config, { batch: 1, mode: 'inference' });
  const weights = initialise(graph, 'tiny-model');
  return exportStudent({ config, weights, form, name: 'tiny', provenance: {} });
}
