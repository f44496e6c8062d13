/**
 * Every place where a training may cut a window, as plain arrays in memory that all threads share: of each clip where its
 * samples and its teacher's values lie, and of each row, which clip it is of.
 */
import type { Recording } from './sample-store.js';
import type { TeacherGrid } from './teacher-grid.js';

/** Blobs of clips by number. */
export interface ClipBlobs {
  readonly paths: readonly string[];
  /** Position in `paths`. */
  readonly path: Uint16Array;
  /** Offset of each clip in its file, in bytes. */
  readonly offset: Float64Array;
}

export interface WindowTable {
  readonly samples: ClipBlobs;
  readonly values: ClipBlobs;
  /** Samples of each clip. */
  readonly length: Uint32Array;
  /** First row of each clip, and after the last the number of all rows. */
  readonly firstRow: Uint32Array;
  /** Clip of each row. */
  readonly clip: Uint32Array;
}

export function windowTable(recordings: readonly Recording[], grid: TeacherGrid): WindowTable {
  const clips = recordings.length;
  const firstRow = shared(Uint32Array, clips + 1);
  const length = shared(Uint32Array, clips);
  for (const [index, { samples }] of recordings.entries()) {
    length[index] = samples;
    firstRow[index + 1] = firstRow[index] + grid.clips[index].places;
  }
  const clip = shared(Uint32Array, firstRow[clips]);
  for (let index = 0; index < clips; index++) clip.fill(index, firstRow[index], firstRow[index + 1]);
  return {
    samples: blobs(recordings.map(({ place }) => place)),
    values: blobs(grid.clips.map(({ place }) => place)),
    length,
    firstRow,
    clip,
  };
}

function blobs(places: readonly { readonly path: string; readonly offset: number }[]): ClipBlobs {
  const numbers = new Map<string, number>();
  const path = shared(Uint16Array, places.length);
  const offset = shared(Float64Array, places.length);
  for (const [index, place] of places.entries()) {
    const number = numbers.get(place.path) ?? numbers.size;
    numbers.set(place.path, number);
    path[index] = number;
    offset[index] = place.offset;
  }
  return { paths: [...numbers.keys()], path, offset };
}

interface SharedArray<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: SharedArrayBuffer): T;
}

function shared<T>(kind: SharedArray<T>, length: number): T {
  return new kind(new SharedArrayBuffer(length * kind.BYTES_PER_ELEMENT));
}
