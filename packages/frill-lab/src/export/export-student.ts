/** A trained student as a file: the head of distillation is dropped, everything that is constant folded into the layers. */
import { foldForInference } from '../graph/fold-for-inference.js';
import { buildStudent } from '../models/student.js';
import { type StudentConfig, studentName } from '../models/student-config.js';
import { type ParameterTensors, tensor } from '../tensor/tensor.js';
import type { Subgraph } from '../tflite/model.js';
import { emitSubgraph } from '../tflite/subgraph-emitter.js';
import { type ExportSettings, exportModel, exportModelOnnx, requireWeights } from './export-model.js';
import type { Form } from './forms.js';

export interface StudentExport extends ExportSettings {
  readonly config: StudentConfig;
  /** Every parameter of the student by name; those of the head are not needed. */
  readonly weights: ParameterTensors;
  /** Precision at which quantisation-aware training ended, 2 to 8; 8 unless told. */
  readonly bits?: number;
}

/** The form that a student was trained for. */
export function formOf({ quantization }: StudentConfig): Form {
  return quantization === 'aware' ? 'int8-bottleneck' : 'float32';
}

/** The bytes of a .tflite file; see `exportModel`. Throws ModelError where weights are missing or do not fit, too. */
export async function exportStudent(options: StudentExport): Promise<Uint8Array> {
  return exportModel(studentSubgraph(options), withConfig(options));
}

/** The bytes of an .onnx file; see `exportModelOnnx`. */
export async function exportStudentOnnx(options: Omit<StudentExport, 'form' | 'input'>): Promise<Uint8Array> {
  return exportModelOnnx(studentSubgraph(options), withConfig(options));
}

function withConfig<Settings extends Pick<StudentExport, 'config' | 'provenance'>>(
  settings: Settings,
): Settings {
  return { ...settings, provenance: { ...settings.provenance, student: settings.config } };
}

/** The student for inference, batch size 1, in float32, with fake-quantised kernels as the training saw them. */
function studentSubgraph({
  config,
  weights,
  bits = 8,
  name,
}: Pick<StudentExport, 'config' | 'weights' | 'bits' | 'name'>): Subgraph {
  const student = buildStudent(config, { batch: 1, mode: 'inference', weights: 'fake-quantised' });
  requireWeights(student.graph, weights, `a ${studentName(config)}`);
  const folded = foldForInference([student.embedding]);
  return emitSubgraph({
    input: folded.at(student.input),
    output: folded.at(student.embedding),
    weights: folded.weights(weights),
    given: new Map(student.bits ? [[folded.at(student.bits), tensor([], [bits])]] : []),
    name,
  });
}
