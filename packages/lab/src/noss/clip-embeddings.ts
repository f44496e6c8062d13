/**
 * One vector a clip, computed once: time-averaged embeddings (and their deviations over time) kept on disk by the content of
 * model, front end and clip. A folder holds one representation:
 *
 *     rows.f32       [rows, 2 x dimension] little-endian float32: mean, then population standard deviation over windows
 *     index.jsonl    one line a row: the clip's fingerprint, the hash of its audio, its seconds and windows
 *
 * A line is written after its row; a row without a line is overwritten.
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { FrillError, ModelError } from 'frill';
import { z } from 'zod';
import { fingerprint, readClip } from '../corpus/clip-audio.js';
import type { Clip } from '../corpus/corpus.js';
import { meanAndDeviation } from '../models/log-mel-statistics.js';
import type { Representation } from '../models/representation.js';
import { contentName } from '../run/content-name.js';
import { appendRecord, readRecords } from '../run/json-lines.js';
import { lockFolder } from '../run/lock.js';
import { type Progress, silent } from '../run/progress.js';

/** Of a representation, what embedding clips needs. */
export type ClipEmbedder = Pick<Representation, 'name' | 'identity' | 'dimension' | 'embed'>;

export interface ClipEmbedding {
  /** Average over the windows. */
  readonly mean: Float32Array;
  /** Population standard deviation over the windows; zeros for a single one. */
  readonly deviation: Float32Array;
  /** Equal for clips with equal samples. */
  readonly audio: string;
  readonly seconds: number;
}

export interface EmbeddedClips {
  /** By clip id; clips that cannot be read are absent. */
  readonly embeddings: ReadonlyMap<string, ClipEmbedding>;
  readonly unreadable: readonly { readonly clip: Clip; readonly reason: string }[];
}

export interface EmbedClipsOptions {
  /** Where embeddings are kept between runs; they are not kept where absent. */
  readonly cache?: string | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

const recordSchema = z.object({ key: z.string(), row: z.int(), audio: z.string(), seconds: z.number() });
const SAMPLE_RATE = 16_000;

/**
 * Embeds clips, each once. Clips that cannot be read are reported and left out.
 * Throws ModelError when an embedding is not finite, with the number of such clips and an example.
 */
export async function embedClips(
  clips: readonly Clip[],
  representation: ClipEmbedder,
  { cache, progress = silent, signal }: EmbedClipsOptions = {},
): Promise<EmbeddedClips> {
  const unique = [...new Map(clips.map((clip) => [clip.id, clip])).values()];
  const store = await openStore(cache, representation);
  try {
    const embeddings = new Map<string, ClipEmbedding>();
    const unreadable: { clip: Clip; reason: string }[] = [];
    const broken: Clip[] = [];
    const step = progress.start(`embed with ${representation.name}`, unique.length, 'clips');
    for (const [index, clip] of unique.entries()) {
      signal?.throwIfAborted();
      const key = contentName({ file: await fingerprint(clip), span: clip.span ?? null });
      let embedding = await store.get(key);
      if (embedding === undefined) {
        const samples = await readClip(clip).catch((error: unknown) => {
          if (!(error instanceof FrillError)) throw error;
          unreadable.push({ clip, reason: error.message });
          return undefined;
        });
        if (samples === undefined) continue;
        embedding = await embedClip(samples, representation);
        if (allFinite(embedding)) await store.put(key, embedding);
        else broken.push(clip);
      }
      embeddings.set(clip.id, embedding);
      step.advance(index + 1);
    }
    step.finish(unreadable.length > 0 ? `${unreadable.length} cannot be read` : undefined);
    if (broken.length > 0)
      throw new ModelError({
        what: `its embeddings hold NaN or infinite values for ${broken.length} of ${unique.length} clips, e.g. ${broken[0].path}`,
        where: representation.name,
        remedy: 'A model that gives such values cannot be compared; check its training and its input range',
      });
    return { embeddings, unreadable };
  } finally {
    await store.close();
  }
}

async function embedClip(samples: Float32Array, representation: ClipEmbedder): Promise<ClipEmbedding> {
  const { dimension } = representation;
  const { count, data } = await representation.embed(samples);
  const statistics = meanAndDeviation(data, count, dimension);
  return {
    mean: statistics.slice(0, dimension),
    deviation: statistics.slice(dimension),
    audio: createHash('sha256')
      .update(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength))
      .digest('hex')
      .slice(0, 16),
    seconds: samples.length / SAMPLE_RATE,
  };
}

function allFinite({ mean, deviation }: ClipEmbedding): boolean {
  return mean.every(Number.isFinite) && deviation.every(Number.isFinite);
}

interface Store {
  get(key: string): Promise<ClipEmbedding | undefined>;
  put(key: string, embedding: ClipEmbedding): Promise<void>;
  close(): Promise<void>;
}

const NO_STORE: Store = { get: async () => undefined, put: async () => {}, close: async () => {} };

async function openStore(cache: string | undefined, { identity, dimension }: ClipEmbedder): Promise<Store> {
  if (cache === undefined) return NO_STORE;
  const folder = join(cache, contentName({ embeddings: 1, identity, dimension }));
  const release = await lockFolder(folder);
  const index = join(folder, 'index.jsonl');
  const records = await readRecords(index, (value) => recordSchema.parse(value));
  const known = new Map(records.map((record) => [record.key, record]));
  let rows = records.reduce((most, { row }) => Math.max(most, row + 1), 0);
  const file = await open(join(folder, 'rows.f32'), 'a+').then(async (created) => {
    await created.close();
    return open(join(folder, 'rows.f32'), 'r+');
  });
  const rowBytes = 2 * dimension * Float32Array.BYTES_PER_ELEMENT;
  return {
    async get(key) {
      const record = known.get(key);
      if (record === undefined) return undefined;
      const row = new Float32Array(2 * dimension);
      const { bytesRead } = await file.read(new Uint8Array(row.buffer), 0, rowBytes, record.row * rowBytes);
      if (bytesRead !== rowBytes) return undefined;
      const { audio, seconds } = record;
      return { mean: row.slice(0, dimension), deviation: row.slice(dimension), audio, seconds };
    },
    async put(key, { mean, deviation, audio, seconds }) {
      const row = new Float32Array(2 * dimension);
      row.set(mean);
      row.set(deviation, dimension);
      await file.write(new Uint8Array(row.buffer), 0, rowBytes, rows * rowBytes);
      await appendRecord(index, { key, row: rows, audio, seconds });
      rows++;
    },
    async close() {
      await file.close();
      await release();
    },
  };
}
