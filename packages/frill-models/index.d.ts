/** A released model: what it is called, and where its .tflite file lies in this package. */
export interface Model {
  /** `frill-m`. */
  readonly name: string;
  /** 1, 2, ...; embeddings of two versions cannot be compared. */
  readonly version: number;
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
  readonly file: URL;
}

export declare const MODELS: readonly Model[];
