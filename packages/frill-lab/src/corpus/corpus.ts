/** What audio there is: clips with labels. Every dataset reader, manifest and the synthetic corpus give this. */

/** The three sides of a task; `extra` clips serve as unlabelled speech only. */
export type Split = 'train' | 'validation' | 'test' | 'extra';

export interface Clip {
  /** Unique in its corpus and stable across machines: usually the path below the root. */
  readonly id: string;
  /** Absolute path of the audio file. */
  readonly path: string;
  /** Part of the file, in seconds; the whole file where absent. */
  readonly span?: { readonly start: number; readonly seconds: number };
  /** Everything known of the clip: `{ emotion: 'anger', speaker: '03', fold: '2' }`. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface Corpus {
  readonly name: string;
  readonly clips: readonly Clip[];
}
