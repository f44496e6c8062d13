/** The smallest released model, as files beside this module that bundlers take along. */
export declare const SMALLEST: SmallestModel;

export interface SmallestModel {
  readonly name: string;
  readonly version: number;
  /** Of the .tflite file, in hexadecimal. */
  readonly sha256: string;
  /** Where the pieces of the .tflite file are, in order. Throws where a bundler knows no `import.meta.url`. */
  parts(): readonly URL[];
}
