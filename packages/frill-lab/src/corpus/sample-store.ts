/**
 * Audio decoded once: the samples of every clip as 16-bit numbers at 16 kHz, in a store that a training cuts its windows from.
 * A clip is found by what is in its file, so corpora share what they have in common, and one that has grown adds what is new.
 *
 *     samples/          see run/blob-store.ts; a blob is a clip: little-endian int16, full scale 32,767
 */
import { join } from 'node:path';
import { FrillError, InputError } from 'frill-audio';
import { z } from 'zod';
import { type BlobPlace, openBlobStore } from '../run/blob-store.js';
import { lockFolder } from '../run/lock.js';
import { type Progress, silent } from '../run/progress.js';
import { toSixteenBits } from './augment/sixteen-bits.js';
import { fileFingerprints, readClip } from './clip-audio.js';
import type { Clip } from './corpus.js';
import type { SkippedClip } from './window-features.js';

export interface SampleOptions {
  readonly clips: readonly Clip[];
  /** Where the store is; several corpora share one. */
  readonly folder: string;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  /** Fail at the first clip that cannot be read instead of passing it over. */
  readonly strict?: boolean;
}

/** A clip and where its samples lie. */
export interface Recording {
  readonly clip: Clip;
  /** Equal for equal content. */
  readonly key: string;
  readonly place: BlobPlace<null>;
  /** How many. */
  readonly samples: number;
}

export interface SampleStore {
  /** Recordings in the order of the clips; of several clips of one content the first. */
  readonly recordings: readonly Recording[];
  readonly skipped: readonly SkippedClip[];
}

/** Clips decoded at a time: files are read while others are decoded. */
const GROUP = 16;

/**
 * Finds the samples of all clips, decoding what is missing; a stopped run goes on where it was. Clips that cannot be read are
 * said as they are met. Throws InputError where no clip is usable, and DiskError where there is no room.
 */
export async function prepareSamples(options: SampleOptions): Promise<SampleStore> {
  const { clips, progress = silent, signal, strict } = options;
  const folder = join(options.folder, 'samples');
  const prints = await fileFingerprints(clips, options);
  const release = await lockFolder(folder);
  const store = await openBlobStore(folder, z.null());
  try {
    const first = new Map<string, Clip>();
    const skipped: SkippedClip[] = [];
    const skip = ({ id, path }: Clip, reason: string) => {
      skipped.push({ id, path, reason });
      progress.say(`skipped: ${path}: ${reason}`);
    };
    for (const [index, clip] of clips.entries()) {
      const print = prints[index];
      const key = clip.span ? `${print} ${clip.span.start}+${clip.span.seconds}` : print;
      if (key === undefined || print === undefined) skip(clip, 'there is no such file');
      else if (!first.has(key)) first.set(key, clip);
    }
    const missing = [...first].filter(([key]) => store.find(key) === undefined);
    const step = progress.start('decode audio', missing.length, 'clips');
    for (let start = 0; start < missing.length; start += GROUP) {
      signal?.throwIfAborted();
      const group = missing.slice(start, start + GROUP);
      const read = await Promise.allSettled(group.map(([, clip]) => readClip(clip)));
      for (const [index, outcome] of read.entries()) {
        const [key, clip] = group[index];
        if (outcome.status === 'fulfilled') {
          const { buffer } = toSixteenBits(outcome.value);
          await store.put(key, { bytes: new Uint8Array(buffer), about: null });
        } else {
          if (strict) throw outcome.reason;
          const { reason } = outcome;
          skip(clip, reason instanceof FrillError ? reason.what : `it cannot be decoded (${reason})`);
        }
      }
      step.advance(start + group.length);
    }
    step.finish();
    const recordings = [...first].flatMap(([key, clip]): Recording[] => {
      const place = store.find(key);
      return place ? [{ clip, key, place, samples: place.length / Int16Array.BYTES_PER_ELEMENT }] : [];
    });
    if (recordings.length === 0)
      throw new InputError({
        what: `none of ${clips.length} clips can be read`,
        where: skipped[0]?.path,
        remedy: skipped[0]?.reason ?? 'Give audio to learn from',
      });
    return { recordings, skipped };
  } finally {
    await store.close();
    await release();
  }
}
