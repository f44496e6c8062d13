/** A .tflite file as a function from named arrays to named arrays. */
import { openInEngine } from '../engine/engine.js';
import type { FlatTable } from './flatbuffer.js';
import { type ModelMetadata, openTflite, readModelMetadata } from './model-metadata.js';
import { type ModelSource, nameOf, readSource } from './source.js';

export interface TensorInfo {
  readonly name: string;
  /** `float32`, `int32`, ... */
  readonly type: string;
  readonly shape: readonly number[];
}

/** One way to run the model. */
export interface SignatureInfo {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

/** A model that is ready to run. */
export interface Model {
  /** What runs it: `frill`, the package's own engine, or the name of the runtime that was asked for. */
  readonly engine: string;
  /** What errors call it. */
  readonly where: string;
  /** What the file says about itself; undefined for files that Frill did not write. */
  readonly metadata: ModelMetadata | undefined;
  /** By name; a file without signatures has one, named by the engine. */
  readonly signatures: Readonly<Record<string, SignatureInfo>>;
  /**
   * Runs one signature, the first unless told otherwise.
   *
   * @param inputs one array for each input by name, of as many values as its shape holds
   * @returns each output by name, flat
   * @throws ModelError when inputs do not fit, or after `close`
   */
  run(
    inputs: Readonly<Record<string, Float32Array>>,
    signature?: string,
  ): Promise<Record<string, Float32Array>>;
  /** Frees the model's memory; safe to call twice. */
  close(): void;
}

/** Another runtime than Frill's engine, such as `liteRt()` of `frill-audio/litert`. */
export interface Runtime {
  /** Of a whole .tflite file. Throws ModelError where the runtime does not start or refuses the file. */
  open(bytes: Uint8Array, where: string, metadata: ModelMetadata | undefined): Promise<Model>;
}

export interface RuntimeOptions {
  /** What runs the file. Default: Frill's engine, which runs the files that Frill writes, on one thread. */
  readonly runtime?: Runtime | undefined;
}

/**
 * Loads a .tflite file: in Node, in a browser, in a worker of either.
 *
 * @throws ModelError for a file that is absent, empty, truncated or no .tflite file, or that the engine cannot run
 */
export async function loadModel(source: ModelSource, { runtime }: RuntimeOptions = {}): Promise<Model> {
  const where = nameOf(source);
  const bytes = await readSource(source);
  const root = openTflite(bytes, where);
  checkWhole(root);
  const metadata = readModelMetadata(bytes, where);
  return runtime ? runtime.open(bytes, where, metadata) : openInEngine({ root, metadata });
}

/** Follows every reference to weights, so that a truncated file is found out before anything reads past its end. */
function checkWhole(model: FlatTable): void {
  const SUBGRAPHS = 2;
  const BUFFERS = 4;
  const TENSORS = 0;
  const OPERATORS = 3;
  const DATA = 0;
  for (const buffer of model.tables(BUFFERS)) buffer.bytes(DATA);
  for (const subgraph of model.tables(SUBGRAPHS)) {
    subgraph.tables(TENSORS);
    subgraph.tables(OPERATORS);
  }
}
