/** A .tflite file as a function from named arrays to named arrays, whatever runs it. */
import type { ModelMetadata } from './model-metadata.js';

/** An input or an output of a signature. */
export interface TensorInfo {
  /** Name, by which `Model.run` takes or gives it. */
  readonly name: string;
  /** Type of its numbers: `float32`, `int32`, ... */
  readonly type: string;
  /** Extents, row by row from the outermost. */
  readonly shape: readonly number[];
}

/** Signature of a model: one way to run it. */
export interface SignatureInfo {
  /** Inputs in the file's order. */
  readonly inputs: readonly TensorInfo[];
  /** Outputs in the file's order. */
  readonly outputs: readonly TensorInfo[];
}

/** A model that is ready to run; `loadModel` makes one. */
export interface Model {
  /** Name of what runs it: `frill`, the package's own engine, or the name of the runtime that was asked for. */
  readonly engine: string;
  /** Name of the model in errors: its path or address. */
  readonly where: string;
  /** Metadata of the file; undefined for files that Frill did not write. */
  readonly metadata: ModelMetadata | undefined;
  /** Signatures by name; a file without any has one, named by the engine. */
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
