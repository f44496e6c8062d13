/** Embeddings that were computed elsewhere, matched to a task's clips by name and averaged over each clip's rows. */

import { basename, extname } from 'node:path';
import { InputError } from 'frill-audio';
import type { Clip } from '../corpus/corpus.js';
import { contentName } from '../run/content-name.js';
import { meanAndDeviation } from '../statistics/moments.js';
import type { ClipEmbedding, EmbeddedClips } from './clip-embeddings.js';
import { EMBEDDING_FILES } from './embedding-file.js';
import { readEmbeddings } from './read-embeddings.js';

/** Whether a name on the command line is such a file. */
export function isEmbeddingFile(path: string): boolean {
  return EMBEDDING_FILES.some((extension) => extname(path).toLowerCase() === extension);
}

export interface Precomputed {
  readonly name: string;
  readonly identity: string;
  readonly dimension: number;
  /** Rows of the given clips. Throws InputError when none of them is in the file. */
  embeddingsOf(clips: readonly Clip[]): EmbeddedClips;
}

/**
 * Opens a file of `frill embed` (or TFRecord with the original tools' keys). A clip's rows are those named by its id, its path, or
 * the end of its path. Throws InputError for another file, or values that are not finite.
 */
export async function openPrecomputed(path: string): Promise<Precomputed> {
  const { dimension, clips: names, data } = await readEmbeddings(path);
  const broken = names.filter(
    (_, row) => !data.subarray(row * dimension, (row + 1) * dimension).every(Number.isFinite),
  );
  if (broken.length > 0)
    throw new InputError({
      what: `${broken.length} of ${names.length} rows hold NaN or infinite values, e.g. one of ${broken[0]}`,
      where: path,
      remedy: 'Compute the embeddings again',
    });
  const rowsByName = new Map<string, number[]>();
  for (const [row, name] of names.entries()) {
    const rows = rowsByName.get(name);
    if (rows) rows.push(row);
    else rowsByName.set(name, [row]);
  }
  const find = (clip: Clip) => {
    const exact = rowsByName.get(clip.id) ?? rowsByName.get(clip.path);
    if (exact) return exact;
    // By the end of the path, the longest first: `emodb/wav/03a01Fa.flac`, `wav/03a01Fa.flac`, `03a01Fa.flac`.
    const parts = clip.path.split('/');
    for (let from = 1; from < parts.length; from++) {
      const rows = rowsByName.get(parts.slice(from).join('/'));
      if (rows) return rows;
    }
    return undefined;
  };
  return {
    name: basename(path, extname(path)),
    identity: contentName({ embeddings: contentName(new Uint8Array(data.buffer)), names }),
    dimension,
    embeddingsOf(clips) {
      const embeddings = new Map<string, ClipEmbedding>();
      const unreadable: { clip: Clip; reason: string }[] = [];
      for (const clip of clips) {
        const rows = find(clip);
        if (rows === undefined) {
          unreadable.push({ clip, reason: `${clip.path}: not in ${path}` });
          continue;
        }
        const values = Float32Array.from(
          rows.flatMap((row) => [...data.subarray(row * dimension, (row + 1) * dimension)]),
        );
        const statistics = meanAndDeviation(values, rows.length, dimension);
        embeddings.set(clip.id, {
          mean: statistics.slice(0, dimension),
          deviation: statistics.slice(dimension),
          // Without the samples, copies cannot be told.
          audio: clip.id,
          seconds: Number.NaN,
        });
      }
      if (embeddings.size === 0)
        throw new InputError({
          what: `none of the ${clips.length} clips is in it; its first is named '${names[0] ?? ''}'`,
          where: path,
          remedy: "Name rows by the clips' paths, as frill embed does",
        });
      return { embeddings, unreadable };
    },
  };
}
