/**
 * What a teacher says along each clip: its values at places so close together that a window cut anywhere has its target between
 * two of them. Computed once for a teacher and a spacing, clip by clip, and kept as float16.
 *
 *     teacher-<name>/          see run/blob-store.ts; a blob is a clip: [places, dimension]
 *
 * The places of a clip are spread evenly over where a window can begin: from its first sample to the last start that leaves a
 * whole window, no further apart than the spacing. A clip shorter than a window has one.
 */
import { join } from 'node:path';
import { type FrontendParameters, ModelError } from 'frill-audio';
import { windowSamples } from 'frill-audio/internals';
import { z } from 'zod';
import { type BlobPlace, openBlobStore } from '../run/blob-store.js';
import { contentName } from '../run/content-name.js';
import { lockFolder } from '../run/lock.js';
import { type Progress, silent } from '../run/progress.js';
import { toFloat16 } from '../tensor/float16.js';
import { type AskTeacher, askHere } from './ask-teacher.js';
import { SampleReader } from './sample-reader.js';
import type { Recording } from './sample-store.js';
import type { Teacher } from './teacher-values.js';

export interface GridOptions {
  readonly recordings: readonly Recording[];
  readonly teacher: Teacher;
  /** Who asks it; this process by default. */
  readonly ask?: AskTeacher | undefined;
  readonly frontend: FrontendParameters;
  /** Most samples from place to place. */
  readonly spacing: number;
  readonly folder: string;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

export interface TeacherGrid {
  /** Derived from the teacher and the spacing. */
  readonly name: string;
  /** Place of each recording's values, and the number of places that it has. */
  readonly clips: readonly { readonly place: BlobPlace<null>; readonly places: number }[];
}

/** Largest number of half precision. */
const LARGEST_HALF = 65_504;

/** Places of a clip of so many samples, at least 1. */
export function placeCount(samples: number, window: number, spacing: number): number {
  return 1 + Math.ceil(Math.max(0, samples - window) / spacing);
}

/** First sample of a window at a place, which may lie between two. */
export function placeStart(place: number, places: number, samples: number, window: number): number {
  return places === 1 ? 0 : Math.round((place * (samples - window)) / (places - 1));
}

/**
 * Finds the teacher's values for all recordings, computing what is missing; a stopped run goes on where it was. Throws
 * ModelError when the teacher's output does not fit, DiskError where there is no room.
 */
export async function prepareTeacherGrid(options: GridOptions): Promise<TeacherGrid> {
  const { recordings, teacher, ask = askHere, frontend, spacing, progress = silent, signal } = options;
  const { identity, dimension } = teacher;
  const window = windowSamples(frontend);
  const name = contentName({ format: 1, identity, dimension, window, spacing });
  const folder = join(options.folder, `teacher-${name}`);
  const release = await lockFolder(folder);
  const store = await openBlobStore(folder, z.null());
  const reader = new SampleReader();
  const placesOf = ({ samples }: Recording) => placeCount(samples, window, spacing);
  try {
    const missing = recordings.filter(({ key }) => store.find(key) === undefined);
    const clip = missing.flatMap((recording, at) => new Array<number>(placesOf(recording)).fill(at));
    const start = missing.flatMap((recording) => {
      const places = placesOf(recording);
      return Array.from({ length: places }, (_, place) =>
        placeStart(place, places, recording.samples, window),
      );
    });
    const step = progress.start(`values of ${teacher.name}`, clip.length, 'windows');
    let kept = 0;
    const asking = {
      teacher,
      windows: {
        clips: missing.map((recording) => recording.clip),
        clip,
        start,
        length: window,
        rounded: true,
      },
      async cut(row: number) {
        const { place, samples } = missing[clip[row]];
        const cut = new Float32Array(Math.min(window, samples));
        reader.read(place, start[row], cut);
        return cut;
      },
      first: 0,
      kept: () => kept,
      signal,
    };
    let [at, done, rows]: [number, number, Float32Array[]] = [0, 0, []];
    for await (const group of ask(asking)) {
      for (const row of group) {
        rows.push(row);
        if (rows.length < placesOf(missing[at])) continue;
        await store.put(missing[at].key, { bytes: toHalves(rows, teacher), about: null });
        kept += rows.length;
        at++;
        rows = [];
      }
      done += group.length;
      step.advance(done);
    }
    step.finish();
    const clips = recordings.map(({ key }) => {
      const place = store.find(key);
      if (!place) throw new Error(`no values of ${key} were stored`);
      return { place, places: place.length / (2 * dimension) };
    });
    return { name, clips };
  } finally {
    reader.close();
    await store.close();
    await release();
  }
}

/** Throws ModelError where a value is beyond what half precision holds. */
function toHalves(rows: readonly Float32Array[], { name, dimension }: Teacher): Uint8Array {
  const halves = new Uint16Array(rows.length * dimension);
  for (const [row, values] of rows.entries())
    for (let i = 0; i < dimension; i++) {
      if (Math.abs(values[i]) > LARGEST_HALF)
        throw new ModelError({
          what: `value ${i} of the teacher is ${values[i]}, and at most ${LARGEST_HALF} can be kept`,
          where: name,
          remedy: 'Scale its values, e.g. standardise them by `frill teacher combine`',
        });
      halves[row * dimension + i] = toFloat16(values[i]);
    }
  return new Uint8Array(halves.buffer);
}
