/** A .tflite file as a function from named arrays to named arrays, whatever runs it. */
import type { ModelMetadata } from './model-metadata.js';

/** An input or an output of a signature. */
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
