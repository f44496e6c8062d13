/**
 * A trained student as a .tflite file: the head of distillation dropped, batch normalisation folded into the layers,
 * one signature for each batch size over the same weights, and what the device must know to use it (`frill.json`).
 */
import {
  FRILL_FRONTEND,
  type FrontendParameters,
  loadModel,
  METADATA_ENTRY,
  ModelError,
  type ModelMetadata,
} from 'frill';
import { foldForInference } from '../graph/fold-for-inference.js';
import { buildStudent } from '../models/student.js';
import { type StudentConfig, studentName } from '../models/student-config.js';
import { type ParameterTensors, sameShape, tensor } from '../tensor/tensor.js';
import type { Signature, Subgraph } from '../tflite/model.js';
import { toOnnx } from '../tflite/to-onnx.js';
import { writeTflite } from '../tflite/write-tflite.js';
import { audioMetadata, TFLITE_METADATA_ENTRY } from './audio-metadata.js';
import { type Form, inForm } from './forms.js';
import { frontEndSubgraph } from './front-end-subgraph.js';
import { withBatch } from './rewrites/batch.js';
import { chain } from './rewrites/chain.js';
import { emitSubgraph } from './subgraph-emitter.js';

export interface ExportOptions {
  readonly config: StudentConfig;
  /** Every parameter of the student by name; those of the head are not needed. */
  readonly weights: ParameterTensors;
  readonly form: Form;
  /** Stored in the file. */
  readonly name: string;
  /** Where it comes from: teacher, data, training. Stored in the file. */
  readonly provenance: Readonly<Record<string, unknown>>;
  /** Windows a run, one signature `b<size>` each; 1, 8 and 32 unless told. Audio-in files have `b1` alone. */
  readonly batches?: readonly number[];
  /** What the file takes: log-mel windows (default), or samples, with the front end inside the file. */
  readonly input?: ModelMetadata['input'];
  /** What the student was trained with. */
  readonly frontend?: FrontendParameters;
  /** Precision at which quantisation-aware training ended, 2 to 8; 8 unless told. */
  readonly bits?: number;
  /** Log-mel windows for the form `int8`, one after the other: about a hundred of real audio. */
  readonly calibration?: Float32Array;
}

/** Signatures, audio and int8 need a runtime of this version. */
const MINIMUM_RUNTIME = '2.5.0';

/**
 * The bytes of the file. Signatures take `log_mel` [B, 96, 64, 1] (or `audio` [1, 15600]) and give `embedding` [B, D].
 * Throws ModelError where weights are missing or do not fit, or the form needs what is not given.
 */
export async function exportStudent(options: ExportOptions): Promise<Uint8Array> {
  const { name, form, input = 'log-mel', frontend = FRILL_FRONTEND, batches = [1, 8, 32] } = options;
  const network = await inForm(studentSubgraph(options), form, {
    windows: options.calibration ?? new Float32Array(),
    load: (bytes) => loadModel(bytes),
  });
  const isAudio = input === 'waveform';
  const subgraphs = isAudio
    ? [chain(frontEndSubgraph(frontend), network)]
    : batches.map((batch) => withBatch(network, batch));
  return writeTflite({
    description: `${name}, a speech representation exported by Frill`,
    subgraphs,
    signatures: subgraphs.map((subgraph, index) =>
      signatureOf(subgraph, index, isAudio ? 'audio' : 'log_mel'),
    ),
    metadata: new Map([
      [METADATA_ENTRY, utf8(JSON.stringify(metadataOf(options)))],
      ['min_runtime_version', utf8(MINIMUM_RUNTIME.padEnd(16, '\0'))],
      ...(isAudio
        ? [[TFLITE_METADATA_ENTRY, audioMetadata({ name, sampleRate: frontend.sampleRate })] as const]
        : []),
    ]),
  });
}

/**
 * The same student as an ONNX file in float32, `log_mel` [N, 96, 64, 1] -> `embedding` [N, D] for any N, with
 * `frill.json` among its metadata properties.
 */
export async function exportStudentOnnx(options: Omit<ExportOptions, 'form' | 'input'>): Promise<Uint8Array> {
  const whole: ExportOptions = { ...options, form: 'float32' };
  const network = await inForm(studentSubgraph(whole), 'float32');
  return toOnnx(network, {
    inputs: { log_mel: network.inputs[0] },
    outputs: { embedding: network.outputs[0] },
    batch: 'open',
    metadata: { [METADATA_ENTRY]: JSON.stringify(metadataOf(whole)) },
  });
}

function metadataOf({
  name,
  config,
  form,
  provenance,
  input = 'log-mel',
  frontend = FRILL_FRONTEND,
}: ExportOptions): ModelMetadata {
  return {
    format: 1,
    name,
    input,
    frontend,
    embeddingSize: config.bottleneck,
    provenance: { ...provenance, student: config, form },
  };
}

/** The student for inference, batch size 1, in float32, with fake-quantised kernels as the training saw them. */
function studentSubgraph({ config, weights, bits = 8, name }: ExportOptions): Subgraph {
  requireWeights(config, weights);
  const student = buildStudent(config, { batch: 1, mode: 'inference', weights: 'fake-quantised' });
  const folded = foldForInference([student.embedding]);
  return emitSubgraph({
    input: folded.at(student.input),
    output: folded.at(student.embedding),
    weights: folded.weights(weights),
    given: new Map(student.bits ? [[folded.at(student.bits), tensor([], [bits])]] : []),
    name,
  });
}

/** Throws ModelError where a parameter is missing or has another shape. */
function requireWeights(config: StudentConfig, weights: ParameterTensors): void {
  const { parameters } = buildStudent(config, { batch: 1, mode: 'inference' }).graph;
  for (const { name, shape } of parameters) {
    const found = weights.get(name);
    if (found && sameShape(found.shape, shape)) continue;
    throw new ModelError({
      what: found
        ? `the weights hold ${name} as [${found.shape}], and a ${studentName(config)} needs [${shape}]`
        : `the weights have no ${name}, which a ${studentName(config)} needs`,
      remedy: 'Give the weights and the configuration of the same student',
    });
  }
}

function signatureOf(subgraph: Subgraph, index: number, input: string): Signature {
  const [output] = subgraph.outputs;
  const key = `b${subgraph.tensors[output].shape[0]}`;
  return { key, subgraph: index, inputs: { [input]: subgraph.inputs[0] }, outputs: { embedding: output } };
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
