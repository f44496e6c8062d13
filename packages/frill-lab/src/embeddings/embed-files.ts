/**
 * Audio files to a file of embeddings. A file that cannot be read whole gives no rows at all: it is reported and skipped,
 * or ends the run when `strict`. A model whose values are not finite ends it always.
 */
import { stat } from 'node:fs/promises';
import { type Embedder, FrillError, InputError, ModelError, SAMPLE_RATE } from 'frill-audio';
import { openAudioStream, readMono16k } from 'frill-audio/node';
import { audioFilesAt } from '../corpus/audio-files.js';
import { checkDestination } from '../run/destination.js';
import { DiskError } from '../run/disk-error.js';
import type { Progress } from '../run/progress.js';

import { extensionOf, writeEmbeddings } from './embedding-file.js';
import type { EmbeddingRow } from './embedding-table.js';

export interface EmbedFilesOptions {
  /** Audio files, and folders whose audio files are meant. */
  readonly files: readonly string[];
  readonly embedder: Embedder;
  /** .npy, .parquet or .csv */
  readonly out: string;
  /** A row for each window, or one for each clip with the mean over time. */
  readonly rows: 'windows' | 'mean';
  readonly strict: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface EmbedFilesResult {
  readonly out: string;
  readonly dimension: number;
  readonly clips: number;
  readonly rows: number;
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

/** Files above this size are never held in memory: they are read twice, once to see that they are whole. */
const LONG_BYTES = 8 << 20;

export async function embedFiles(options: EmbedFilesOptions): Promise<EmbedFilesResult> {
  const { embedder, out, progress, signal, strict } = options;
  extensionOf(out);
  await checkDestination(out);
  const files: string[] = [];
  for (const path of options.files) files.push(...(await audioFilesAt(path, progress.say)));
  if (files.length === 0)
    throw new InputError({
      what: 'no audio files here',
      where: options.files.join(', '),
      remedy: 'Name files, or folders with files that docs/audio-formats.md lists',
    });
  const skipped: { path: string; reason: string }[] = [];
  const step = progress.start('embed', files.length, 'files');

  async function* allRows(): AsyncGenerator<EmbeddingRow> {
    for (const [index, path] of files.entries()) {
      signal.throwIfAborted();
      try {
        const rows = options.rows === 'mean' ? meanOf(path, embedder) : windowsOf(path, embedder, signal);
        for await (const row of rows) yield finite(row);
      } catch (error) {
        if (strict || isFatal(error) || signal.aborted) throw error;
        const reason = error instanceof FrillError ? error.what : String(error);
        skipped.push({ path, reason });
        const remedy = error instanceof FrillError ? error.remedy : undefined;
        progress.say(`skipped ${path}: ${reason}${remedy === undefined ? '' : `. ${remedy}`}`);
      }
      step.advance(index + 1);
    }
    if (skipped.length === files.length)
      throw new InputError({
        what: `none of ${files.length} files could be read`,
        where: skipped[0].path,
        remedy: `The first: ${skipped[0].reason}`,
      });
  }

  const rows = await writeEmbeddings(out, embedder.embeddingSize, allRows());
  const clips = files.length - skipped.length;
  step.finish(skipped.length > 0 ? `${skipped.length} skipped` : undefined);
  return { out, dimension: embedder.embeddingSize, clips, rows, skipped };
}

/** Whether other files will fare no better: a fault of the model or the disk. Whatever else goes wrong is a file's own. */
function isFatal(error: unknown): boolean {
  return error instanceof ModelError || error instanceof DiskError;
}

/** Rows come only after the last byte of the file was found good. */
async function* windowsOf(
  path: string,
  embedder: Embedder,
  signal: AbortSignal,
): AsyncGenerator<EmbeddingRow> {
  const isLong = await stat(path).then(
    ({ size }) => size > LONG_BYTES,
    () => false,
  );
  let source: AsyncIterable<Float32Array> | Float32Array[];
  if (isLong) {
    for await (const _block of openAudioStream(path)) signal.throwIfAborted();
    source = openAudioStream(path);
  } else source = [await readMono16k(path)];
  for await (const { time, embedding } of embedder.embedStream(source, { sampleRate: SAMPLE_RATE })) {
    signal.throwIfAborted();
    yield { clip: path, time, embedding };
  }
}

async function* meanOf(path: string, embedder: Embedder): AsyncGenerator<EmbeddingRow> {
  const sum = new Float64Array(embedder.embeddingSize);
  let time = 0;
  let count = 0;
  const windows = embedder.embedStream(openAudioStream(path), { sampleRate: SAMPLE_RATE });
  for await (const window of windows) {
    for (let i = 0; i < sum.length; i++) sum[i] += window.embedding[i];
    time += window.time;
    count++;
  }
  yield { clip: path, time: time / count, embedding: Float32Array.from(sum, (total) => total / count) };
}

/** The row. Throws ModelError for one that is of no use to anyone; the audio was found good before. */
function finite(row: EmbeddingRow): EmbeddingRow {
  if (row.embedding.every(Number.isFinite)) return row;
  throw new ModelError({
    what: `the model gives values that are not finite at ${row.time.toFixed(2)} s`,
    where: row.clip,
    remedy: 'Check the training of the model and the range of its input',
  });
}
