/**
 * Which clips of a corpus are, or contain, or are pieces of, clips that a task tests on: by what they sound like, so that a
 * copy that was re-encoded, trimmed or made louder is found, under whatever name it lies there.
 *
 * What was compared is recorded for every set of test clips, so that a build that goes on compares only what is new.
 */
import { join } from 'node:path';
import { AudioError } from 'frill-audio';
import { readMono16k } from 'frill-audio/node';
import { z } from 'zod';
import { contentName } from '../../run/content-name.js';
import { appendRecord, readRecords } from '../../run/json-lines.js';
import type { Progress } from '../../run/progress.js';
import { fileFingerprint, readClip } from '../clip-audio.js';
import type { Clip } from '../corpus.js';
import { fingerprint, loadFingerprinter } from '../fingerprint/fingerprint.js';
import { FingerprintIndex } from '../fingerprint/fingerprint-index.js';
import type { Task } from '../tasks.js';
import type { SourceClip } from './build-source.js';

const compared = z.strictObject({
  /** SHA-256 of the corpus' clip. */
  sha256: z.string(),
  /** The test clip that it is a copy of, and the share of bits that differ. */
  like: z.string().optional(),
  errors: z.number().optional(),
});

export interface Leak {
  readonly clip: SourceClip;
  /** Id of the test clip. */
  readonly like: string;
  readonly errors: number;
}

export interface LeakOptions {
  /** The corpus' folder. */
  readonly folder: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Throws AbortError when told to stop, and DiskError. Test clips that cannot be read are told of and passed over. */
export async function findLeaks(
  clips: readonly SourceClip[],
  tested: readonly Clip[],
  { folder, progress, signal }: LeakOptions,
): Promise<Leak[]> {
  if (tested.length === 0) return [];
  const frontend = await loadFingerprinter();
  const files = await Promise.all(
    tested.map(async (clip) => [clip.id, await fileFingerprint(clip), clip.span]),
  );
  const path = join(folder, 'records', `compared-${contentName(files)}.jsonl`);
  const known = new Map(
    (await readRecords(path, (value) => compared.parse(value))).map((done) => [done.sha256, done]),
  );
  const left = clips.filter(({ sha256 }) => !known.has(sha256));
  if (left.length > 0) {
    const index = new FingerprintIndex();
    const indexing = progress.start('fingerprint test clips', tested.length, 'clips');
    for (const [at, clip] of tested.entries()) {
      signal.throwIfAborted();
      try {
        index.add(clip.id, fingerprint(await readClip(clip), frontend));
      } catch (error) {
        if (!(error instanceof AudioError)) throw error;
        progress.say(`not compared with: ${error.message}`);
      }
      indexing.advance(at + 1);
    }
    indexing.finish();
    const step = progress.start('compare', left.length, 'clips');
    for (const [at, clip] of left.entries()) {
      signal.throwIfAborted();
      const match = index.find(fingerprint(await readMono16k(join(folder, clip.path)), frontend));
      const done = { sha256: clip.sha256, ...(match && { like: match.name, errors: match.errors }) };
      known.set(clip.sha256, done);
      await appendRecord(path, done);
      step.advance(at + 1);
    }
    step.finish();
  }
  return clips.flatMap((clip) => {
    const { like, errors } = known.get(clip.sha256) ?? {};
    return like === undefined || errors === undefined ? [] : [{ clip, like, errors }];
  });
}

/** The clips that some fold of a task tests on, each once. */
export function testClips(tasks: readonly Task[]): Clip[] {
  const found = new Map<string, Clip>();
  for (const { clips, splitting } of tasks)
    for (const { test } of splitting.folds)
      for (const index of test) found.set(clips[index].id, clips[index]);
  return [...found.values()];
}
