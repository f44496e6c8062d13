/** Embeddings that were computed elsewhere, matched to a task's clips by name and averaged over each clip's rows. */

import { basename, extname } from 'node:path';
import { InputError } from 'frill-audio';
import type { Clip } from '../corpus/corpus.js';
import { contentName } from '../run/content-name.js';
import { meanAndDeviation } from '../statistics/moments.js';
import type { ClipEmbedding, EmbeddedClips } from './clip-embeddings.js';
import { EMBEDDING_FILES } from './embedding-file.js';
import type { EmbeddingTable } from './embedding-table.js';
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
 * the end of its path. Throws InputError for another file, values that are not finite, or a name that fits several clips.
 */
export async function openPrecomputed(path: string): Promise<Precomputed> {
  const table = await readEmbeddings(path);
  const { dimension, data } = table;
  // `frill embed ../recordings` names its rows as it was told; no end of a clip's path begins with `../`.
  const names = table.clips.map((name) => withSlashes(name).replace(/^(\.{1,2}\/)+/, ''));
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
  for (const [name, rows] of rowsByName) refuseSeveral(path, name, rows, table);
  const find = (clip: Clip) => {
    const exact = [clip.id, clip.path].find((name) => rowsByName.has(name));
    if (exact !== undefined) return exact;
    // By the end of the path, the longest first: `emodb/wav/03a01Fa.flac`, `wav/03a01Fa.flac`, `03a01Fa.flac`.
    const parts = clip.path.split('/');
    return parts.map((_, from) => parts.slice(from).join('/')).find((name) => rowsByName.has(name));
  };
  /** The clip that each name stands for, of all that were asked for so far. */
  const owners = new Map<string, Clip>();
  const rowsOf = (clip: Clip) => {
    const name = find(clip);
    if (name === undefined) return undefined;
    const owner = owners.get(name);
    if (owner && (owner.path !== clip.path || owner.id !== clip.id))
      throw new InputError({
        what: `the name '${name}' fits more than one clip: ${labelOf(owner, clip)} and ${labelOf(clip, owner)}`,
        where: path,
        remedy: "Name the rows by the clips' paths, as frill embed does, so that each name fits one clip",
      });
    owners.set(name, clip);
    return rowsByName.get(name);
  };
  return {
    name: basename(path, extname(path)),
    identity: contentName({ embeddings: contentName(new Uint8Array(data.buffer)), names }),
    dimension,
    embeddingsOf(clips) {
      const embeddings = new Map<string, ClipEmbedding>();
      const unreadable: { clip: Clip; reason: string }[] = [];
      for (const clip of clips) {
        const rows = rowsOf(clip);
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

/** A name as paths are written here: tables come from Windows, too. */
function withSlashes(name: string): string {
  return name.replaceAll('\\', '/').replace(/^(\.\/)+/, '');
}

/** One clip has one window at a time: rows of one name that differ at the same time are of several clips, and have no mean. */
function refuseSeveral(path: string, name: string, rows: readonly number[], table: EmbeddingTable): void {
  const { dimension, times, data } = table;
  const rowAt = new Map<number, number>();
  for (const row of rows) {
    const time = times[row];
    if (Number.isNaN(time)) continue;
    const other = rowAt.get(time);
    rowAt.set(time, row);
    if (other === undefined) continue;
    const [one, two] = [other, row].map((at) => data.subarray(at * dimension, (at + 1) * dimension));
    if (one.every((value, i) => value === two[i])) continue;
    throw new InputError({
      what: `rows ${other + 1} and ${row + 1} are both named '${name}' and of second ${time}, and their values differ: they are of several clips`,
      where: path,
      remedy: "Name the rows by the clips' paths, as frill embed does, so that each name fits one clip",
    });
  }
}

/** A clip's path, or its id where the other has the same path: parts of one recording. */
function labelOf({ path, id }: Clip, other: Clip): string {
  return path === other.path ? id : path;
}
