/** The smallest released model, as a module, so that every bundler takes it along and loads it when it is asked for. */
export declare const SMALLEST: SmallestModel | undefined;

export interface SmallestModel {
  readonly name: string;
  readonly version: number;
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
  /** The .tflite file. */
  readonly base64: string;
}
