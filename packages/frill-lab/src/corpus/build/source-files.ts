/** The files of a source, whatever it is: listed with checksums, read one at a time. */

export interface SourceFile {
  /** Path within the source, with `/` between the parts. */
  readonly path: string;
  /** Names the content. */
  readonly checksum: string;
}

export interface SourceFiles {
  readonly files: readonly SourceFile[];
  read(file: SourceFile): Promise<Uint8Array>;
  close(): Promise<void>;
}
