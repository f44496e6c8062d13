/**
 * Opens a model file in an engine for it. A .tflite file whose arithmetic is float32 runs several times faster in
 * onnxruntime, with the machine's widest instructions, than in WebAssembly, which has 128 bits; its results are the same up to rounding,
 * which is tried out when a foreign file is opened. All others run as on the device: in Frill's own engine, or, where that lacks an
 * operator, in LiteRT.js.
 */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import {
  FRILL_FRONTEND,
  type FrontendParameters,
  loadModel,
  ModelError,
  type ModelMetadata,
  type ModelRunner,
  WindowModel,
} from 'frill-audio';
import {
  isReleasedName,
  METADATA_ENTRY,
  parseModelMetadata,
  readModelMetadata,
  readReleased,
} from 'frill-audio/internals';
import { liteRt } from 'frill-audio/litert';
import type { Device } from '../engine/device.js';
import { type Provider, providerOf } from '../engine/ort/provider.js';
import { DeviceError } from '../engine/ort/trust.js';
import { readOnnxMetadata } from '../onnx/onnx-model.js';
import { random } from '../tensor/random.js';
import { sizeOf } from '../tensor/tensor.js';
import type { Signature, Subgraph } from '../tflite/model.js';
import { readTflite } from '../tflite/read-tflite.js';
import { isRowByRow, toOnnx } from '../tflite/to-onnx.js';
import { findCombined } from './combined/folder.js';
import { ENGINE_TITLES, type Engine, type RunningEngine } from './engines.js';
import { openOnnx } from './onnx-runner.js';

export interface OpenModelOptions {
  readonly engine?: Engine | undefined;
  /** What computes; the processor by default. A GPU is used through onnxruntime. */
  readonly device?: Device | undefined;
  /** Name of the output that is the embedding. */
  readonly output?: string | undefined;
  /**
   * Threads within an inference, 1 by default: for many clips, several models side by side scale better. `cores`: one a core, or
   * as many as the engine can use.
   */
  readonly threads?: number | 'cores' | undefined;
}

/** A model that embeds windows. */
export interface ModelFile {
  readonly bytes: Uint8Array;
  readonly model: WindowModel;
  readonly frontend: FrontendParameters;
  /** What the file says about itself; undefined for files that Frill did not write. */
  readonly metadata: ModelMetadata | undefined;
  readonly engine: RunningEngine;
  /** Why not the engine that comes first, where there was a choice: a sentence without its full stop. */
  readonly reason?: string | undefined;
  close(): void;
}

/**
 * Opens a released model by its name, a .tflite or .onnx file, or the folder of a combined teacher. Throws ModelError when it is none of these, takes no windows, or
 * the engine cannot run it.
 */
export async function openModelFile(
  fileOrFolder: string,
  { engine = 'auto', device = 'cpu', output, threads: asked }: OpenModelOptions = {},
): Promise<ModelFile> {
  const threads = asked === 'cores' ? availableParallelism() : asked;
  const path = (await findCombined(fileOrFolder)) ?? fileOrFolder;
  const bytes = await readModelFile(path);
  const isOnnx = extname(path).toLowerCase() === '.onnx';
  const opened = (name: ModelFile['engine'], runner: ModelRunner & { close(): void }): ModelFile => {
    try {
      const metadata = isOnnx ? onnxMetadata(bytes, path) : readModelMetadata(bytes, path);
      const frontend = metadata?.frontend ?? FRILL_FRONTEND;
      const model = new WindowModel(runner, frontend, output);
      return { bytes, model, frontend, metadata, engine: name, close: () => runner.close() };
    } catch (error) {
      runner.close();
      throw error;
    }
  };
  const inLiteRt = async () => opened('litert', await loadModel(path, { runtime: liteRt({ threads }) }));
  const inFrill = async () => {
    if (asked === undefined || asked === 'cores' || asked === 1)
      return opened('frill', await loadModel(path));
    throw new ModelError({
      what: `Frill's engine computes on one thread, not on ${threads}`,
      where: path,
      remedy: 'Ask for one thread, or for another engine',
    });
  };
  const onDevice = () => inFrill().catch((error) => orElse(error, inLiteRt));
  const inOnnxruntime = async (provider: Provider = 'cpu') => {
    const options = { where: path, threads, provider };
    return opened('onnxruntime', await openOnnx(isOnnx ? bytes : translated(bytes, path), options));
  };

  if (isOnnx && engine !== 'auto' && engine !== 'onnxruntime')
    throw new ModelError({
      what: 'onnxruntime alone runs ONNX models',
      where: path,
      remedy: 'Leave the choice of the engine open, or give a .tflite file',
    });
  const provider = await providerOf(device);
  if (provider !== 'cpu') {
    if (engine !== 'auto' && engine !== 'onnxruntime')
      throw new ModelError({
        what: `${engine} does not compute on a GPU; onnxruntime does`,
        where: path,
        remedy: 'Leave --engine or --device out',
      });
    return trusted(await inOnnxruntime(provider), inOnnxruntime, provider, path);
  }
  if (isOnnx) return inOnnxruntime();
  switch (engine) {
    case 'auto':
      return theFasterOf(onDevice, () => inOnnxruntime());
    case 'device':
      return onDevice();
    case 'frill':
      return inFrill();
    case 'litert':
      return inLiteRt();
    case 'onnxruntime':
      return inOnnxruntime();
  }
}

/** After a ModelError the other way, with the reason, and with the other's own. */
async function orElse(
  error: unknown,
  other: () => Promise<ModelFile>,
  reason = (what: string) => what,
): Promise<ModelFile> {
  if (!(error instanceof ModelError)) throw error;
  const opened = await other();
  const reasons = [reason(error.what), opened.reason].filter((each) => each !== undefined);
  return { ...opened, reason: reasons.join('; ') };
}

/** The bytes of a file, or of a released model by its name. */
export async function readModelFile(path: string): Promise<Uint8Array> {
  if (isReleasedName(path)) return (await readReleased(path)).bytes;
  return readFile(path).catch((cause) => {
    throw new ModelError({
      what: 'no such model',
      where: path,
      remedy:
        'Give the path of a .tflite or .onnx file; frill evaluate also takes log-mel-statistics and mfcc-statistics',
      cause,
    });
  });
}

function onnxMetadata(bytes: Uint8Array, where: string): ModelMetadata | undefined {
  const text = readOnnxMetadata(bytes, METADATA_ENTRY);
  return text === undefined ? undefined : parseModelMetadata(new TextEncoder().encode(text), where);
}

/** The widest of a .tflite file's signatures as an ONNX model. Throws ModelError where its arithmetic is not float32. */
function translated(bytes: Uint8Array, where: string): Uint8Array {
  const { subgraphs, signatures } = readTflite(bytes, where);
  const ways: readonly Pick<Signature, 'subgraph' | 'inputs' | 'outputs'>[] =
    signatures.length > 0 ? signatures : [{ subgraph: 0, ...namedPorts(subgraphs[0]) }];
  const width = ({ subgraph }: { subgraph: number }) => {
    const { inputs, tensors } = subgraphs[subgraph];
    return inputs.reduce((sum, input) => sum + sizeOf(tensors[input].shape), 0);
  };
  const widest = ways.reduce((best, way) => (width(way) > width(best) ? way : best));
  const subgraph = subgraphs[widest.subgraph];
  return toOnnx(subgraph, { ...widest, batch: isRowByRow(subgraph) ? 'open' : 'fixed' });
}

/** Inputs and outputs of a file without signatures, by the names of their tensors. */
function namedPorts({ tensors, inputs, outputs }: Subgraph): Pick<Signature, 'inputs' | 'outputs'> {
  const named = (indices: readonly number[]) =>
    Object.fromEntries(indices.map((index) => [tensors[index].name, index]));
  return { inputs: named(inputs), outputs: named(outputs) };
}

/** onnxruntime where it can run the model and gives the same, else what a device runs, with the reason. */
async function theFasterOf(
  onDevice: () => Promise<ModelFile>,
  inOnnxruntime: () => Promise<ModelFile>,
): Promise<ModelFile> {
  let faster: ModelFile;
  try {
    faster = await inOnnxruntime();
  } catch (error) {
    return orElse(error, onDevice, (what) => `onnxruntime, which is faster, does not run it: ${what}`);
  }
  // What Frill writes is tested form by form.
  if (faster.metadata) return faster;
  const slower = await onDevice();
  const isSame = await agree(slower.model, faster.model);
  (isSame ? slower : faster).close();
  return isSame
    ? faster
    : { ...slower, reason: `onnxruntime gives other values than ${ENGINE_TITLES[slower.engine]}` };
}

/** A model on a GPU, which gives what the processor gives: its operations are tested against the definition. Throws DeviceError where not. */
async function trusted(
  onGpu: ModelFile,
  onProcessor: () => Promise<ModelFile>,
  provider: Provider,
  where: string,
): Promise<ModelFile> {
  const slower = await onProcessor();
  const isSame = await agree(slower.model, onGpu.model).finally(() => slower.close());
  if (isSame) return onGpu;
  onGpu.close();
  throw new DeviceError({
    what: `${provider} gives other embeddings than the processor`,
    where,
    remedy: 'Leave --device out, or update the driver of the GPU',
  });
}

/** Largest distance of two embeddings, as a share of their length: a cosine of 0.9999995. */
const TOLERANCE = 1e-3;

/** Whether two models give the same for windows of noise, two at once. */
async function agree(a: WindowModel, b: WindowModel): Promise<boolean> {
  if (a.embeddingSize !== b.embeddingSize || a.windowSize !== b.windowSize) return false;
  const stream = random('engines');
  // About where samples, and log-mel values of speech, lie.
  const [mean, deviation] = a.window.kind === 'waveform' ? [0, 0.1] : [-3, 2];
  const windows = Float32Array.from({ length: 2 * a.windowSize }, () => stream.normal(mean, deviation));
  const [first, second] = [await a.run(windows, 2), await b.run(windows, 2)];
  return [0, 1].every((window) => {
    const start = window * a.embeddingSize;
    let distance = 0;
    let length = 0;
    for (let i = start; i < start + a.embeddingSize; i++) {
      distance += (first[i] - second[i]) ** 2;
      length += first[i] ** 2;
    }
    return Math.sqrt(distance) <= TOLERANCE * Math.sqrt(length);
  });
}
