/**
 * A trained network as a .tflite file: one signature for each batch size over the same weights, and what the device must
 * know to use it (`frill.json`). What the network is, is said by export-student.ts and export-teacher.ts.
 */
import {
  FRILL_FRONTEND,
  type FrontendParameters,
  loadModel,
  ModelError,
  type ModelMetadata,
} from 'frill-audio';
import { METADATA_ENTRY } from 'frill-audio/internals';
import type { Graph } from '../graph/graph.js';
import type { Progress } from '../run/progress.js';
import { type ParameterTensors, sameShape } from '../tensor/tensor.js';
import type { Signature, Subgraph } from '../tflite/model.js';
import { toOnnx } from '../tflite/to-onnx.js';
import { writeTflite } from '../tflite/write-tflite.js';
import { audioMetadata, TFLITE_METADATA_ENTRY } from './audio-metadata.js';
import { type Form, inForm } from './forms.js';
import { frontEndSubgraph } from './front-end-subgraph.js';
import { withBatch } from './rewrites/batch.js';
import { chain } from './rewrites/chain.js';

/** How a network is written; the same for students and teachers. */
export interface ExportSettings {
  readonly form: Form;
  /** Stored in the file. */
  readonly name: string;
  /** Where it comes from: teacher, data, training. Stored in the file. */
  readonly provenance: Readonly<Record<string, unknown>>;
  /** Windows a run, one signature `b<size>` each. Audio-in files have `b1` alone. */
  readonly batches?: readonly number[];
  /** What the file takes: log-mel windows (default), or samples, with the front end inside the file. */
  readonly input?: ModelMetadata['input'];
  /** What the network was trained with. */
  readonly frontend?: FrontendParameters;
  /** Log-mel windows for the form `int8`, one after the other: about a hundred of real audio. */
  readonly calibration?: Float32Array;
  /** Progress of the calibration. */
  readonly progress?: Progress;
}

/** Signatures, audio and int8 need a runtime of this version. */
const MINIMUM_RUNTIME = '2.5.0';

/**
 * The bytes of the file. `network` is a window's in float32, [1, 96, 64, 1] -> [1, D]. Signatures take `log_mel`
 * [B, 96, 64, 1] (or `audio` [1, 15600]) and give `embedding` [B, D].
 * Throws ModelError where the form needs what is not given.
 */
export async function exportModel(network: Subgraph, settings: ExportSettings): Promise<Uint8Array> {
  const { name, form, input = 'log-mel', frontend = FRILL_FRONTEND, batches = [1, 8, 32] } = settings;
  const formed = await inForm(network, form, {
    windows: settings.calibration ?? new Float32Array(),
    load: (bytes) => loadModel(bytes),
    progress: settings.progress,
  });
  const isAudio = input === 'waveform';
  const subgraphs = isAudio
    ? [chain(frontEndSubgraph(frontend), formed)]
    : batches.map((batch) => withBatch(formed, batch));
  return writeTflite({
    description: `${name}, a speech representation exported by Frill`,
    subgraphs,
    signatures: subgraphs.map((subgraph, index) =>
      signatureOf(subgraph, index, isAudio ? 'audio' : 'log_mel'),
    ),
    metadata: new Map([
      [METADATA_ENTRY, utf8(JSON.stringify(metadataOf(network, settings)))],
      ['min_runtime_version', utf8(MINIMUM_RUNTIME.padEnd(16, '\0'))],
      ...(isAudio
        ? [[TFLITE_METADATA_ENTRY, audioMetadata({ name, sampleRate: frontend.sampleRate })] as const]
        : []),
    ]),
  });
}

/**
 * The same network as an ONNX file in float32, `log_mel` [N, 96, 64, 1] -> `embedding` [N, D] for any N, with
 * `frill.json` among its metadata properties.
 */
export async function exportModelOnnx(
  network: Subgraph,
  settings: Omit<ExportSettings, 'form' | 'input'>,
): Promise<Uint8Array> {
  const formed = await inForm(network, 'float32');
  return toOnnx(formed, {
    inputs: { log_mel: formed.inputs[0] },
    outputs: { embedding: formed.outputs[0] },
    batch: 'open',
    metadata: { [METADATA_ENTRY]: JSON.stringify(metadataOf(network, { ...settings, form: 'float32' })) },
  });
}

/** Throws ModelError where a parameter of the graph is missing or has another shape. `kind` is for the message: `a student`. */
export function requireWeights({ parameters }: Graph, weights: ParameterTensors, kind: string): void {
  for (const { name, shape } of parameters) {
    const found = weights.get(name);
    if (found && sameShape(found.shape, shape)) continue;
    throw new ModelError({
      what: found
        ? `the weights hold ${name} as [${found.shape}], and ${kind} needs [${shape}]`
        : `the weights have no ${name}, which ${kind} needs`,
      remedy: 'Give the weights and the configuration of the same network',
    });
  }
}

function metadataOf(
  { tensors, outputs }: Subgraph,
  { name, form, provenance, input = 'log-mel', frontend = FRILL_FRONTEND }: ExportSettings,
): ModelMetadata {
  const [, embeddingSize] = tensors[outputs[0]].shape;
  return { format: 1, name, input, frontend, embeddingSize, provenance: { ...provenance, form } };
}

function signatureOf(subgraph: Subgraph, index: number, input: string): Signature {
  const [output] = subgraph.outputs;
  const key = `b${subgraph.tensors[output].shape[0]}`;
  return { key, subgraph: index, inputs: { [input]: subgraph.inputs[0] }, outputs: { embedding: output } };
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
