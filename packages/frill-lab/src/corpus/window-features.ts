/**
 * Training windows of a corpus as log-mel features on disk, computed once and shared by every teacher and student.
 * From each clip come up to `windowsPerClip` windows of one network input (15,600 samples for FRILL) at seeded places,
 * spread over the clip; never more than FRILL's window grid has in it, and one from a clip that is shorter.
 *
 *     features-<name>/            the name is derived from the clips, the front end, the seed and windowsPerClip
 *       index.json, 000000.f32    a matrix of [frames x bands] rows, see matrix-shards
 *       clips.jsonl               where each clip's windows start, or why it was skipped
 *       statistics.json           mean and deviation of each band
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AudioError, type Frontend, InputError } from 'frill-audio';
import { windowSamples } from 'frill-audio/internals';
import { z } from 'zod';
import { contentName } from '../run/content-name.js';
import { appendRecord, readRecords } from '../run/json-lines.js';
import { lockFolder } from '../run/lock.js';
import { type Progress, silent } from '../run/progress.js';
import { writeWhole } from '../run/whole-file.js';
import { random } from '../tensor/random.js';
import { bandSums } from './band-sums.js';
import { fileFingerprints, readClip } from './clip-audio.js';
import type { Clip } from './corpus.js';
import { type MatrixReader, openMatrixReader, openMatrixWriter } from './matrix-shards.js';

export interface WindowOptions {
  readonly clips: readonly Clip[];
  readonly frontend: Frontend;
  /** Most windows taken from a clip; 1 as FRILL was trained. */
  readonly windowsPerClip?: number;
  /** Where the cache is; several corpora, teachers and runs may share one. */
  readonly folder: string;
  readonly seed?: string;
  /** Share of the clips whose windows are held out for validation. */
  readonly validationFraction?: number;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  /** Fail at the first clip that cannot be read instead of skipping it. */
  readonly strict?: boolean;
}

/** A clip that gave no windows. */
export interface SkippedClip {
  readonly id: string;
  readonly path: string;
  readonly reason: string;
}

export interface WindowFeatures {
  /** [rows, frames * bands] log-mel values. */
  readonly features: MatrixReader;
  /** Per band, over (up to 20,000 of) the training windows. */
  readonly featureStatistics: { readonly mean: Float32Array; readonly deviation: Float32Array };
  /** Rows to train on and to validate by; no clip is in both. */
  readonly split: { readonly train: Uint32Array; readonly validation: Uint32Array };
  /** Row by row: position of the clip in `clips`, and the window's first sample in it. Rows of a clip are adjacent. */
  readonly windows: { readonly clip: Uint32Array; readonly start: Uint32Array };
  readonly clips: readonly Clip[];
  readonly skipped: readonly SkippedClip[];
  /** Derived from the content; targets of these windows carry it. */
  readonly name: string;
  close(): Promise<void>;
}

const clipRecord = z.union([
  z.object({ clip: z.int(), starts: z.array(z.int()) }),
  z.object({ clip: z.int(), skipped: z.string() }),
]);
type ClipRecord = z.infer<typeof clipRecord>;

const statisticsSchema = z.object({ mean: z.array(z.number()), deviation: z.array(z.number()) });
const cursorSchema = z.object({ next: z.int() });

/** Clips decoded at a time: files are read while others are decoded. */
const GROUP = 16;
const STATISTICS_ROWS = 20_000;

/** Opens the features of the clips' windows, computing what is missing. Throws InputError when no clip is usable. */
export async function prepareWindowFeatures(options: WindowOptions): Promise<WindowFeatures> {
  const { clips, frontend, folder, windowsPerClip = 1, seed = '0' } = options;
  const found = await fileFingerprints(clips, options);
  const prints = clips.map(
    ({ id, span }, index) =>
      `${id} ${span ? `${span.start}+${span.seconds}` : ''} ${found[index] ?? 'absent'}`,
  );
  const name = contentName({ format: 1, prints, frontend: frontend.parameters, windowsPerClip, seed });
  const home = featuresFolder(folder, name);
  const existing = await openMatrixReader(home).catch(() => undefined);
  if (existing === undefined) {
    const release = await lockFolder(home);
    try {
      await computeFeatures(home, name, { ...options, windowsPerClip, seed });
    } finally {
      await release();
    }
  }
  await existing?.close();
  return openWindowFeatures(name, options);
}

/** Where the features of a name lie. */
export function featuresFolder(folder: string, name: string): string {
  return join(folder, `features-${name}`);
}

/** Opens features that were computed before, here or elsewhere, by their name: the recordings are not needed. */
export async function openWindowFeatures(
  name: string,
  { clips, frontend, folder, seed = '0', validationFraction = 0.05 }: WindowOptions,
): Promise<WindowFeatures> {
  const home = featuresFolder(folder, name);
  const { windows, skipped } = await readWindows(home, clips);
  const features = await openMatrixReader(home);
  if (features.rows !== windows.clip.length)
    throw new InputError({
      what: `${features.rows} rows of features, but ${windows.clip.length} windows`,
      where: home,
      remedy: 'Remove the folder and run again',
    });
  if (features.rows === 0)
    throw new InputError({
      what: `none of ${clips.length} clips gave a window`,
      where: skipped[0]?.path,
      remedy: skipped[0]?.reason ?? 'Give audio to learn from',
    });
  const split = holdOut(windows.clip, clips, `${seed}/validation`, validationFraction);
  const { melBands } = frontend.parameters;
  const featureStatistics = await openStatistics(home, features, split.train, melBands);
  return {
    features,
    featureStatistics,
    split,
    windows,
    clips,
    skipped,
    name,
    close: () => features.close(),
  };
}

async function computeFeatures(
  home: string,
  name: string,
  {
    clips,
    frontend,
    windowsPerClip,
    seed,
    progress = silent,
    signal,
    strict,
  }: WindowOptions & { readonly windowsPerClip: number; readonly seed: string },
): Promise<void> {
  const { frames, melBands } = frontend.parameters;
  const writer = await openMatrixWriter(home, { width: frames * melBands, about: { features: name } });
  const log = join(home, 'clips.jsonl');
  let next = writer.cursor === undefined ? 0 : cursorSchema.parse(writer.cursor).next;
  if (next > 0) progress.say(`features: resuming after ${next} of ${clips.length} clips`);
  const step = progress.start('compute features', clips.length, 'clips');
  try {
    while (next < clips.length) {
      signal?.throwIfAborted();
      const group = clips.slice(next, next + GROUP);
      const read = await Promise.allSettled(group.map(readClip));
      for (const [index, outcome] of read.entries()) {
        const clip = group[index];
        if (outcome.status === 'rejected') {
          if (strict || !(outcome.reason instanceof AudioError)) throw outcome.reason;
          progress.say(`skipped: ${outcome.reason.message}`);
          await appendRecord(log, { clip: next, skipped: outcome.reason.what } satisfies ClipRecord);
        } else {
          const starts = chooseStarts(outcome.value.length, windowsPerClip, frontend, `${seed}/${clip.id}`);
          const rows = new Float32Array(starts.length * frames * melBands);
          for (const [row, start] of starts.entries())
            rows.set(windowOf(outcome.value, start, frontend), row * frames * melBands);
          await appendRecord(log, { clip: next, starts } satisfies ClipRecord);
          await writer.append(rows, { next: next + 1 });
        }
        next++;
      }
      step.advance(next);
    }
    await writer.finish();
    step.finish(`${writer.rows} windows`);
  } catch (error) {
    if (signal?.aborted) await writer.flush();
    throw error;
  }
}

/** Up to `most` first samples, one drawn from each of as many equal stretches of the clip. */
function chooseStarts(samples: number, most: number, frontend: Frontend, seed: string): number[] {
  const room = Math.max(0, samples - windowSamples(frontend.parameters));
  const { frameHop, hopLength } = frontend.parameters;
  const count = Math.min(most, 1 + Math.floor(room / (frameHop * hopLength)));
  const stream = random(seed);
  return Array.from({ length: count }, (_unused, k) =>
    Math.floor(((k + stream.uniform()) / count) * (room + 1)),
  );
}

/** Log-mel of one window [frames, bands]; zeros follow where the clip ends. */
function windowOf(samples: Float32Array, start: number, frontend: Frontend): Float32Array {
  const { frames, melBands } = frontend.parameters;
  const crop = samples.subarray(start, start + windowSamples(frontend.parameters));
  return frontend.logMel(crop).data.subarray(0, frames * melBands);
}

async function readWindows(home: string, clips: readonly Clip[]) {
  const records = new Map<number, ClipRecord>();
  for (const record of await readRecords(join(home, 'clips.jsonl'), (value) => clipRecord.parse(value)))
    records.set(record.clip, record);
  const clip: number[] = [];
  const start: number[] = [];
  const skipped: SkippedClip[] = [];
  for (const [index, { id, path }] of clips.entries()) {
    const record = records.get(index);
    if (record === undefined) continue;
    if ('skipped' in record) skipped.push({ id, path, reason: record.skipped });
    else
      for (const first of record.starts) {
        clip.push(index);
        start.push(first);
      }
  }
  return { windows: { clip: Uint32Array.from(clip), start: Uint32Array.from(start) }, skipped };
}

/** Validation by clip, decided by the clip's id alone; at least one row on each side where there are two clips. */
export function holdOut(clipOfRow: Uint32Array, clips: readonly Clip[], seed: string, fraction: number) {
  const used = [...new Set(clipOfRow)];
  const place = new Map(used.map((clip) => [clip, random(`${seed}/${clips[clip].id}`).uniform()]));
  const held = new Set(used.filter((clip) => (place.get(clip) ?? 1) < fraction));
  const inOrder = used.toSorted((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0));
  if (fraction > 0 && held.size === 0 && used.length > 1) held.add(inOrder[0]);
  if (held.size === used.length) held.delete(inOrder[inOrder.length - 1]);
  const rows = Uint32Array.from(clipOfRow.keys());
  return {
    train: rows.filter((row) => !held.has(clipOfRow[row])),
    validation: rows.filter((row) => held.has(clipOfRow[row])),
  };
}

async function openStatistics(home: string, features: MatrixReader, train: Uint32Array, bands: number) {
  const path = join(home, 'statistics.json');
  const stored = await readFile(path, 'utf8').catch(() => undefined);
  const { mean, deviation } =
    stored === undefined
      ? await measureStatistics(features, train, bands)
      : statisticsSchema.parse(JSON.parse(stored));
  if (stored === undefined) await writeWhole(path, JSON.stringify({ mean, deviation }));
  return { mean: Float32Array.from(mean), deviation: Float32Array.from(deviation) };
}

async function measureStatistics(features: MatrixReader, train: Uint32Array, bands: number) {
  const { count, sum, squares } = await bandSums(features, train, bands, STATISTICS_ROWS);
  const mean = [...sum].map((total) => total / count);
  return {
    mean,
    deviation: [...squares].map((total, band) => Math.sqrt(Math.max(0, total / count - mean[band] ** 2))),
  };
}
