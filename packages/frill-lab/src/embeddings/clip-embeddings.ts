/**
 * One vector a clip, computed once: time-averaged embeddings and their deviations over time, kept on disk by the content of model
 * and front end and the fingerprint of the clip's file.
 */
import { join } from 'node:path';
import { AudioError, ModelError, SAMPLE_RATE } from 'frill-audio';
import { z } from 'zod';
import { fromSixteenBits, toSixteenBits } from '../corpus/augment/sixteen-bits.js';
import { fileFingerprint, readClip } from '../corpus/clip-audio.js';
import type { Clip } from '../corpus/corpus.js';
import { type Embeddings, embedAll, type Representation } from '../models/representation.js';
import type { ThreadedRepresentation } from '../models/representation-threads.js';
import { type BlobStore, openBlobStore } from '../run/blob-store.js';
import { contentName } from '../run/content-name.js';
import { type Progress, silent } from '../run/progress.js';
import { sha256Of } from '../run/sha256.js';
import { meanAndDeviation } from '../statistics/moments.js';
import { type Random, random } from '../tensor/random.js';
import { openClipSamples } from './clip-samples.js';

/** What embedding clips needs of a representation. */
export type ClipEmbedder = Pick<Representation, 'name' | 'identity' | 'dimension' | 'embed' | 'embedAll'> &
  Partial<Pick<ThreadedRepresentation, 'concurrency'>>;

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
  /** Embeddings by clip id; clips that cannot be read are absent. */
  readonly embeddings: ReadonlyMap<string, ClipEmbedding>;
  readonly unreadable: readonly { readonly clip: Clip; readonly reason: string }[];
}

/** What is done to clips before they are embedded. */
export interface ClipChange {
  /** Name in messages. */
  readonly name: string;
  /** Equal for equal changes: caches go by it. */
  readonly identity: string;
  /** The changed samples, of the same length; the argument stays as it is. `stream` is of this clip and this change alone. */
  change(samples: Float32Array, stream: Random): Float32Array | Promise<Float32Array>;
}

export interface EmbedClipsOptions {
  /** Done to each clip first; what comes out is rounded to 16 bits, as a recording is. */
  readonly change?: ClipChange | undefined;
  /** Where embeddings are kept between runs; they are not kept where absent. */
  readonly cache?: string | undefined;
  /** Where decoded clips are kept between representations; they are decoded each time where absent. */
  readonly audioCache?: string | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

const aboutSchema = z.object({ audio: z.string(), seconds: z.number() });

/** So much audio is embedded together: enough to fill the model's batches, and little to lose when stopped. */
const TOGETHER_SECONDS = 60;

/** A clip to be embedded. */
interface Unembedded {
  readonly key: string;
  readonly samples: Float32Array;
}

/**
 * Embeds clips, each once. Clips that cannot be read are reported and left out.
 * Throws ModelError when an embedding is not finite, with the number of such clips and an example.
 */
export async function embedClips(
  clips: readonly Clip[],
  representation: ClipEmbedder,
  { change, cache, audioCache, progress = silent, signal }: EmbedClipsOptions = {},
): Promise<EmbeddedClips> {
  const unique = [...new Map(clips.map((clip) => [clip.id, clip])).values()];
  const store = await openEmbeddings(cache, representation);
  const audio = await openClipSamples(audioCache);
  try {
    const outcomes = new Array<ClipEmbedding | { reason: string } | undefined>(unique.length);
    const step = progress.start(
      `embed with ${representation.name}${change ? `, ${change.name}` : ''}`,
      unique.length,
      'clips',
    );
    const together = representation.embedAll ? TOGETHER_SECONDS : 0;
    let next = 0;
    let done = 0;
    const lane = async () => {
      while (next < unique.length) {
        const group = new Map<number, Unembedded>();
        let seconds = 0;
        do {
          signal?.throwIfAborted();
          const index = next++;
          const found = await findOrRead(unique[index]);
          if ('samples' in found) {
            group.set(index, found);
            seconds += found.samples.length / SAMPLE_RATE;
          } else {
            outcomes[index] = found;
            step.advance(++done);
          }
        } while (seconds < together && next < unique.length);
        const embedded = await embedGroup([...group.values()]);
        for (const [place, index] of [...group.keys()].entries()) outcomes[index] = embedded[place];
        done += group.size;
        step.advance(done);
      }
    };
    const stopOthers = (error: unknown) => {
      next = unique.length;
      throw error;
    };
    const lanes = Array.from({ length: representation.concurrency ?? 1 }, () => lane().catch(stopOthers));
    // All have ended before the stores are closed, whatever happened to one.
    for (const outcome of await Promise.allSettled(lanes))
      if (outcome.status === 'rejected') throw outcome.reason;
    const embeddings = new Map<string, ClipEmbedding>();
    const unreadable: { clip: Clip; reason: string }[] = [];
    const broken: Clip[] = [];
    for (const [index, clip] of unique.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined) continue;
      if ('reason' in outcome) unreadable.push({ clip, ...outcome });
      else if (allFinite(outcome)) embeddings.set(clip.id, outcome);
      else broken.push(clip);
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
    await store?.close();
    await audio.close();
  }

  async function findOrRead(clip: Clip): Promise<ClipEmbedding | Unembedded | { reason: string }> {
    try {
      const file = await fileFingerprint(clip);
      if (file === undefined) return { reason: `${clip.path}: no such file` };
      const original = contentName({ file, span: clip.span ?? null });
      const key = change ? contentName({ original, change: change.identity }) : original;
      const kept = await store?.get(key);
      const found = kept && unpack(kept, representation.dimension);
      const readOriginal = () => audio.read(original, () => readClip(clip));
      const samples = async () =>
        change ? audio.read(key, async () => heard(change, await readOriginal(), key)) : readOriginal();
      return found ?? { key, samples: await samples() };
    } catch (error) {
      if (!(error instanceof AudioError)) throw error;
      return { reason: error.message };
    }
  }

  async function embedGroup(group: readonly Unembedded[]): Promise<ClipEmbedding[]> {
    const rows = await embedAll(
      representation,
      group.map(({ samples }) => samples),
    );
    const embeddings = group.map(({ samples }, i) =>
      clipEmbedding(samples, rows[i], representation.dimension),
    );
    for (const [i, embedding] of embeddings.entries())
      if (allFinite(embedding)) await store?.put(group[i].key, pack(embedding));
    return embeddings;
  }
}

/** A clip after a change, as a recorder of 16 bits keeps it: what would be louder than full scale is turned down. */
async function heard({ change }: ClipChange, samples: Float32Array, seed: string): Promise<Float32Array> {
  const changed = await change(samples, random(seed));
  let peak = 1;
  for (const sample of changed) peak = Math.max(peak, Math.abs(sample));
  return fromSixteenBits(toSixteenBits(peak > 1 ? changed.map((sample) => sample / peak) : changed));
}

function clipEmbedding(samples: Float32Array, { count, data }: Embeddings, dimension: number): ClipEmbedding {
  const statistics = meanAndDeviation(data, count, dimension);
  return {
    mean: statistics.slice(0, dimension),
    deviation: statistics.slice(dimension),
    audio: sha256Of(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)).slice(0, 16),
    seconds: samples.length / SAMPLE_RATE,
  };
}

function allFinite({ mean, deviation }: ClipEmbedding): boolean {
  return mean.every(Number.isFinite) && deviation.every(Number.isFinite);
}

type About = z.infer<typeof aboutSchema>;

async function openEmbeddings(
  cache: string | undefined,
  { identity, dimension }: ClipEmbedder,
): Promise<BlobStore<About> | undefined> {
  if (cache === undefined) return undefined;
  return openBlobStore(join(cache, contentName({ embeddings: 3, identity, dimension })), aboutSchema);
}

/** Mean, then deviation, float32. */
function pack({ mean, deviation, audio, seconds }: ClipEmbedding): { bytes: Uint8Array; about: About } {
  const values = new Float32Array(mean.length + deviation.length);
  values.set(mean);
  values.set(deviation, mean.length);
  return { bytes: new Uint8Array(values.buffer), about: { audio, seconds } };
}

function unpack(
  { bytes, about }: { bytes: Uint8Array<ArrayBuffer>; about: About },
  dimension: number,
): ClipEmbedding | undefined {
  if (bytes.length !== 2 * dimension * Float32Array.BYTES_PER_ELEMENT) return undefined;
  const values = new Float32Array(bytes.buffer);
  return { mean: values.slice(0, dimension), deviation: values.slice(dimension), ...about };
}
