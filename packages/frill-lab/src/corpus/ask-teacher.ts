/**
 * Who asks a teacher about many windows: this process, one group after the other, or whoever else gives the same rows in the same
 * order. Targets of fixed windows and grids of random ones have their teacher asked through this.
 */
import { fromSixteenBits, toSixteenBits } from './augment/sixteen-bits.js';
import { readClip } from './clip-audio.js';
import type { Clip } from './corpus.js';
import { type Teacher, valuesOf } from './teacher-values.js';

/** Windows of clips, row by row. Rows of a clip are adjacent. */
export interface WindowPlaces {
  readonly clips: readonly Clip[];
  /** Position in `clips` of each row's clip. */
  readonly clip: ArrayLike<number>;
  /** First sample of each row in its clip. */
  readonly start: ArrayLike<number>;
  /** Samples in a window; fewer where its clip ends before. */
  readonly length: number;
  /** Whether samples are rounded to 16 bits, as a sample store keeps them. */
  readonly rounded: boolean;
}

export interface Asking {
  readonly teacher: Teacher;
  readonly windows: WindowPlaces;
  /** The samples of a row, where they are at hand; by default they are read from the clips' files. */
  cut?(row: number): Promise<Float32Array>;
  /** The row to begin with. */
  readonly first: number;
  /** Rows, counted from the very first, that are safe on disk by now: nobody asks for them again. */
  kept(): number;
  readonly signal?: AbortSignal | undefined;
}

/** Gives the rows from the first on, in their order, in groups of whatever size. Throws ModelError as `valuesOf` does. */
export type AskTeacher = (asking: Asking) => AsyncIterable<readonly Float32Array[]>;

/** Windows that a teacher that can take several is asked about at once; it fills its batches from them. */
export const TOGETHER = 64;

/** Asks the teacher in this process. */
export async function* askHere({
  teacher,
  windows,
  first,
  cut = fromFiles(windows),
  signal,
}: Omit<Asking, 'kept'>): AsyncGenerator<readonly Float32Array[]> {
  const { clips, clip, start } = windows;
  const together = teacher.embedAll ? TOGETHER : 1;
  for (let next = first; next < clip.length; ) {
    signal?.throwIfAborted();
    const group: Float32Array[] = [];
    // Groups begin at multiples, wherever the first row is: a batch's composition may decide the last bits.
    const end = Math.min(clip.length, next - (next % together) + together);
    for (let row = next; row < end; row++) group.push(await cut(row));
    const begun = next;
    yield await valuesOf(
      teacher,
      group,
      (window) => `window at sample ${start[begun + window]} of ${clips[clip[begun + window]].path}`,
    );
    next = end;
  }
}

/** Reads a clip once for all its rows. */
function fromFiles({ clips, clip, start, length, rounded }: WindowPlaces) {
  let held: { clip: number; samples: Float32Array } | undefined;
  return async (row: number): Promise<Float32Array> => {
    if (held?.clip !== clip[row]) {
      const samples = await readClip(clips[clip[row]]);
      held = { clip: clip[row], samples: rounded ? fromSixteenBits(toSixteenBits(samples)) : samples };
    }
    return held.samples.slice(start[row], start[row] + length);
  };
}
