/** A trained TRILL as a file: to run it on a device, to time it, or to teach elsewhere. */
import { foldForInference } from '../graph/fold-for-inference.js';
import { buildTrill, type TrillConfig, type TrillOutput } from '../models/trill.js';
import type { ParameterTensors } from '../tensor/tensor.js';
import type { Subgraph } from '../tflite/model.js';
import { emitSubgraph } from '../tflite/subgraph-emitter.js';
import { type ExportSettings, exportModel, exportModelOnnx, requireWeights } from './export-model.js';

export interface TeacherExport extends ExportSettings {
  readonly config: TrillConfig;
  /** Every parameter of the teacher by name. */
  readonly weights: ParameterTensors;
  /** What the file gives as its `embedding`: the last feature map, which students learn (default), or the unit vector. */
  readonly output?: TrillOutput;
}

/** The bytes of a .tflite file; see `exportModel`. Throws ModelError where weights are missing or do not fit, too. */
export async function exportTeacher(options: TeacherExport): Promise<Uint8Array> {
  return exportModel(teacherSubgraph(options), { batches: [1, 8], ...withConfig(options) });
}

/** The bytes of an .onnx file; see `exportModelOnnx`. */
export async function exportTeacherOnnx(options: Omit<TeacherExport, 'form' | 'input'>): Promise<Uint8Array> {
  return exportModelOnnx(teacherSubgraph(options), withConfig(options));
}

function withConfig<Settings extends Pick<TeacherExport, 'config' | 'output' | 'provenance'>>(
  settings: Settings,
): Settings {
  const { config, output = 'layer19', provenance } = settings;
  return { ...settings, provenance: { ...provenance, trill: config, output } };
}

/** The network for inference, batch size 1, in float32. */
function teacherSubgraph({
  config,
  weights,
  output = 'layer19',
  name,
}: Pick<TeacherExport, 'config' | 'weights' | 'output' | 'name'>): Subgraph {
  const trill = buildTrill(config, { batch: 1, mode: 'inference' });
  requireWeights(trill.graph, weights, 'this TRILL');
  const folded = foldForInference([trill[output]]);
  return emitSubgraph({
    input: folded.at(trill.input),
    output: folded.at(trill[output]),
    weights: folded.weights(weights),
    name,
  });
}
