/** Opens .tflite files: the one place that decides whether Frill's engine or another runtime runs them, after the file was found whole. */
import { openInEngine } from '../engine/engine.js';
import type { FlatTable } from '../tflite/flatbuffer.js';
import type { Model } from '../tflite/model.js';
import { type ModelMetadata, openTflite, readModelMetadata } from '../tflite/model-metadata.js';
import { readModel } from './released.js';
import { type ModelSource, nameOf } from './source.js';

/** A runtime other than Frill's engine, such as `liteRt()` of `frill-audio/litert`. */
export interface Runtime {
  /**
   * Opens a model from the bytes of a whole .tflite file.
   *
   * @param where what errors call the file
   * @param metadata what the file says of itself, where Frill wrote it
   * @throws ModelError where the runtime does not start or refuses the file
   */
  open(bytes: Uint8Array, where: string, metadata: ModelMetadata | undefined): Promise<Model>;
}

/** Options of `loadModel`: what runs the file. */
export interface RuntimeOptions {
  /** Runtime for the file. Default: Frill's engine, which runs the files that Frill writes, on one thread. */
  readonly runtime?: Runtime | undefined;
}

/**
 * Loads a .tflite file, or a released model by its name, as a function of named arrays: in Node, in a browser, in a worker of either.
 * To embed sound, use `loadEmbedder`.
 *
 * @throws ModelError for a file that is absent, empty, truncated or no .tflite file, or that the engine cannot run
 */
export async function loadModel(source: ModelSource, options: RuntimeOptions = {}): Promise<Model> {
  const { runtime } = options;
  const where = nameOf(source);
  const bytes = await readModel(source);
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
