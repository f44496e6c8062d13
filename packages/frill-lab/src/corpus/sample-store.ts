/**
 * Audio decoded once: the samples of every clip as 16-bit numbers at 16 kHz, in a store that a training cuts its windows from.
 * A clip is found by what is in its file, so corpora share what they have in common, and one that has grown adds what is new.
 * A clip at another speed is a recording of its own: nobody else's voice, and yet new to a network and to its teacher.
 *
 *     samples/          see run/blob-store.ts; a blob is a clip: little-endian int16, full scale 32,767
 */
import { join } from 'node:path';
import { FrillError, InputError } from 'frill-audio';
import { z } from 'zod';
import { type BlobPlace, openBlobStore } from '../run/blob-store.js';
import { lockFolder } from '../run/lock.js';
import { type Progress, silent } from '../run/progress.js';
import { random } from '../tensor/random.js';
import { toSixteenBits } from './augment/sixteen-bits.js';
import { playedAt } from './augment/speed.js';
import { fileFingerprints, readClip } from './clip-audio.js';
import type { Clip } from './corpus.js';
import type { SkippedClip } from './window-features.js';

export interface SampleOptions {
  readonly clips: readonly Clip[];
  /** Where the store is; several corpora share one. */
  readonly folder: string;
  /** Factors on pitch and tempo, such as 0.9: every clip is also kept at one of them, drawn by its content. None by default. */
  readonly speeds?: readonly number[];
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  /** Fail at the first clip that cannot be read instead of passing it over. */
  readonly strict?: boolean;
}

/** A clip and where its samples lie. */
export interface Recording {
  readonly clip: Clip;
  /** Factor on its pitch and tempo; 1 as it was recorded. */
  readonly speed: number;
  /** Equal for equal content. */
  readonly key: string;
  readonly place: BlobPlace<null>;
  /** How many. */
  readonly samples: number;
}

export interface SampleStore {
  /** Recordings in the order of the clips, each at its own speed first; of several clips of one content the first. */
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
  const { clips, speeds, progress = silent, signal, strict } = options;
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
    const missing = [...first].filter(([key]) =>
      speedsOf(key, speeds).some((speed) => store.find(keyAt(key, speed)) === undefined),
    );
    const step = progress.start('decode audio', missing.length, 'clips');
    for (let start = 0; start < missing.length; start += GROUP) {
      signal?.throwIfAborted();
      const group = missing.slice(start, start + GROUP);
      const read = await Promise.allSettled(group.map(([, clip]) => readClip(clip)));
      for (const [index, outcome] of read.entries()) {
        const [key, clip] = group[index];
        if (outcome.status === 'fulfilled') {
          for (const speed of speedsOf(key, speeds)) {
            const name = keyAt(key, speed);
            if (store.find(name)) continue;
            const { buffer } = toSixteenBits(playedAt(outcome.value, speed));
            await store.put(name, { bytes: new Uint8Array(buffer), about: null });
          }
        } else {
          if (strict) throw outcome.reason;
          const { reason } = outcome;
          skip(clip, reason instanceof FrillError ? reason.what : `it cannot be decoded (${reason})`);
        }
      }
      step.advance(start + group.length);
    }
    step.finish();
    const recordings = [...first].flatMap(([content, clip]) =>
      speedsOf(content, speeds).flatMap((speed): Recording[] => {
        const key = keyAt(content, speed);
        const place = store.find(key);
        const samples = (place?.length ?? 0) / Int16Array.BYTES_PER_ELEMENT;
        return place ? [{ clip, speed, key, place, samples }] : [];
      }),
    );
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

/** A clip's own speed and, where others are asked for, one of them. */
function speedsOf(content: string, others: readonly number[] = []): number[] {
  return others.length === 0 ? [1] : [...new Set([1, others[random(content).integer(others.length)]])];
}

/** The content of a clip as it was recorded has the clip's own key. */
function keyAt(content: string, speed: number): string {
  return speed === 1 ? content : `${content} x${speed}`;
}
