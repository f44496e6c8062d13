/** One runtime with one model, somewhere else: in a process of its own, or in a page. */
import type { RuntimeName, Work } from './runtimes.js';

/** How it started: milliseconds from nothing to a model that is ready, and of the first embedding. */
export interface Started {
  readonly loadMs: number;
  readonly firstMs: number;
  /** Bytes that a page fetched for it beside the model, compressed by brotli. */
  readonly runtimeBytes?: number;
}

export interface Side {
  readonly started: Started;
  /** Milliseconds of one call in a turn of so many milliseconds; undefined for what it cannot do. */
  turn(work: Work, milliseconds: number): Promise<number | undefined>;
  close(): Promise<void>;
}

/** What a side runs. */
export interface Contender {
  readonly runtime: RuntimeName | 'native';
  /** The model's file: .tflite, or .onnx for onnxruntime. */
  readonly path: string;
}
