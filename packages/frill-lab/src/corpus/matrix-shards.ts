/**
 * A matrix too large for memory: rows of one width in files of bounded size. Features and teacher targets of a million
 * windows live in two such folders, aligned by row.
 *
 *     index.json   what the rows are, and the shards that are there, in order
 *     000000.f32   rows of little-endian float32 (or .f16), nothing else
 *
 * A shard is whole or absent, and listed only when it is whole: after a kill, appending goes on behind the last listed
 * one. Rows appended together stay in one shard, with a `cursor` that says how far the producer had come.
 */
import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from 'frill-audio';
import { z } from 'zod';
import { canonicalJson } from '../run/content-name.js';
import { readJsonIfPresent } from '../run/json-file.js';
import { writeWhole } from '../run/whole-file.js';
import { float16Values, toFloat16 } from '../tensor/float16.js';

export type Storage = 'float32' | 'float16';

const indexSchema = z.object({
  format: z.literal(1),
  /** What made the rows; a folder is only ever continued by the same. */
  about: z.json(),
  width: z.int().positive(),
  storage: z.enum(['float32', 'float16']),
  /** No rows will be added. */
  complete: z.boolean(),
  shards: z.array(z.object({ file: z.string(), rows: z.int().positive(), cursor: z.json() })),
});

type Index = z.infer<typeof indexSchema>;
type Json = z.infer<ReturnType<typeof z.json>>;

const DEFAULT_SHARD_BYTES = 64 * 2 ** 20;
/** Files kept open by a reader; a shard that falls out is opened again. */
const OPEN_FILES = 256;

export interface MatrixDescription {
  /** Values a row. */
  readonly width: number;
  readonly about: Json;
  readonly storage?: Storage;
  /** Size that a shard does not exceed (unless one append does). */
  readonly shardBytes?: number;
}

export interface MatrixWriter {
  /** Rows that are safe on disk. */
  readonly rows: number;
  /** The `cursor` given with the last row that is safe on disk; undefined in a new folder. */
  readonly cursor: Json | undefined;
  /** No rows are missing: the folder was finished earlier. */
  readonly complete: boolean;
  /** Adds rows (`data.length` a multiple of the width). `cursor` says where to go on after them. */
  append(data: Float32Array, cursor: Json): Promise<void>;
  /** Writes what is pending as a shard of its own, e.g. before an orderly stop. */
  flush(): Promise<void>;
  /** Writes what is pending as a last shard and marks the matrix complete. */
  finish(): Promise<void>;
}

/** Opens a folder for appending, new or where it stopped. Throws InputError when it holds something else. */
export async function openMatrixWriter(
  folder: string,
  description: MatrixDescription,
): Promise<MatrixWriter> {
  const { width, about, storage = 'float32', shardBytes = DEFAULT_SHARD_BYTES } = description;
  const index: Index = (await readIndex(folder)) ?? {
    format: 1,
    about,
    width,
    storage,
    complete: false,
    shards: [],
  };
  if (
    index.width !== width ||
    index.storage !== storage ||
    canonicalJson(index.about) !== canonicalJson(about)
  )
    throw new InputError({
      what: 'the folder holds a different matrix',
      where: folder,
      remedy: 'Remove it or choose another folder',
    });
  const rowBytes = width * bytesPerValue(storage);
  await checkShards(folder, index);

  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let pendingCursor: Json = null;
  const flush = async () => {
    if (pendingBytes === 0) return;
    const extension = storage === 'float32' ? 'f32' : 'f16';
    const file = `${String(index.shards.length).padStart(6, '0')}.${extension}`;
    await writeWhole(join(folder, file), Buffer.concat(pending, pendingBytes));
    index.shards.push({ file, rows: pendingBytes / rowBytes, cursor: pendingCursor });
    pending = [];
    pendingBytes = 0;
    await writeWhole(join(folder, 'index.json'), `${JSON.stringify(index, null, 1)}\n`);
  };
  return {
    get rows() {
      return index.shards.reduce((sum, shard) => sum + shard.rows, 0);
    },
    get cursor() {
      return index.shards.at(-1)?.cursor;
    },
    get complete() {
      return index.complete;
    },
    async append(data, cursor) {
      if (data.length % width !== 0)
        throw new RangeError(`append: ${data.length} values are not rows of ${width}`);
      const bytes = encode(data, storage);
      if (pendingBytes + bytes.length > shardBytes) await flush();
      pending.push(bytes);
      pendingBytes += bytes.length;
      pendingCursor = cursor;
    },
    flush,
    async finish() {
      await flush();
      index.complete = true;
      await writeWhole(join(folder, 'index.json'), `${JSON.stringify(index, null, 1)}\n`);
    },
  };
}

export interface MatrixReader {
  readonly rows: number;
  readonly width: number;
  readonly about: Json;
  /**
   * Reads the given rows, in the given order, into the start of `into` (rows.length x width). Memory does not grow with
   * the matrix: only what is asked for is read.
   */
  read(rows: ArrayLike<number>, into: Float32Array): Promise<void>;
  close(): Promise<void>;
}

/** Opens a finished matrix. Throws InputError when it is absent, unfinished, or a shard is missing or cut short. */
export async function openMatrixReader(folder: string): Promise<MatrixReader> {
  const index = await readIndex(folder);
  if (!index?.complete)
    throw new InputError({
      what: index ? 'the matrix is not finished' : 'there is no matrix here (index.json is absent)',
      where: folder,
      remedy: 'Run the command that makes it again; it resumes where it stopped',
    });
  await checkShards(folder, index);
  const { width, storage } = index;
  const rowBytes = width * bytesPerValue(storage);
  const starts = Uint32Array.from(index.shards, () => 0);
  for (let shard = 1; shard < starts.length; shard++)
    starts[shard] = starts[shard - 1] + index.shards[shard - 1].rows;
  const rows = index.shards.reduce((sum, shard) => sum + shard.rows, 0);
  const files = new OpenFiles(index.shards.map(({ file }) => join(folder, file)));
  const halves = float16Values();

  /** Reads `count` consecutive rows of one shard into place. */
  const readRun = async (first: number, count: number, into: Float32Array, at: number) => {
    const shard = findShard(starts, first);
    const length = count * rowBytes;
    const position = (first - starts[shard]) * rowBytes;
    const target = into.subarray(at * width, (at + count) * width);
    const bytes =
      storage === 'float32'
        ? new Uint8Array(target.buffer, target.byteOffset, target.byteLength)
        : new Uint8Array(length);
    await files.read(shard, bytes, position);
    if (storage === 'float16') {
      const words = new Uint16Array(bytes.buffer);
      for (let i = 0; i < words.length; i++) target[i] = halves[words[i]];
    }
  };
  return {
    rows,
    width,
    about: index.about,
    async read(wanted, into) {
      if (into.length < wanted.length * width)
        throw new RangeError(`read: ${wanted.length} rows of ${width} do not fit into ${into.length} values`);
      const runs: Promise<void>[] = [];
      for (let at = 0; at < wanted.length; ) {
        const first = wanted[at];
        if (!(first >= 0 && first < rows)) throw new RangeError(`read: row ${first} of ${rows}`);
        const shard = findShard(starts, first);
        const end = starts[shard] + index.shards[shard].rows;
        let count = 1;
        while (at + count < wanted.length && wanted[at + count] === first + count && first + count < end)
          count++;
        runs.push(readRun(first, count, into, at));
        at += count;
      }
      await Promise.all(runs);
    },
    close: () => files.close(),
  };
}

/** File handles by position, the least recently used closed when there are too many. */
class OpenFiles {
  readonly #handles = new Map<number, Promise<FileHandle>>();
  readonly #busy = new Map<number, number>();

  constructor(readonly paths: readonly string[]) {}

  async read(position: number, into: Uint8Array, offset: number): Promise<void> {
    const opened = this.#handles.get(position) ?? open(this.paths[position], 'r');
    this.#handles.delete(position);
    this.#handles.set(position, opened);
    this.#busy.set(position, (this.#busy.get(position) ?? 0) + 1);
    try {
      const file = await opened;
      for (let done = 0; done < into.length; ) {
        const { bytesRead } = await file.read(into, done, into.length - done, offset + done);
        if (bytesRead === 0) throw truncated(this.paths[position]);
        done += bytesRead;
      }
    } finally {
      this.#busy.set(position, (this.#busy.get(position) ?? 1) - 1);
      await this.#trim();
    }
  }

  async close(): Promise<void> {
    const handles = [...this.#handles.values()];
    this.#handles.clear();
    await Promise.all(handles.map(async (opened) => (await opened).close()));
  }

  async #trim(): Promise<void> {
    if (this.#handles.size <= OPEN_FILES) return;
    for (const [position, opened] of this.#handles) {
      if ((this.#busy.get(position) ?? 0) > 0) continue;
      this.#handles.delete(position);
      this.#busy.delete(position);
      await (await opened).close();
      return;
    }
  }
}

/** The shard whose rows include `row`: the last that starts at or before it. */
function findShard(starts: Uint32Array, row: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle] <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}

async function readIndex(folder: string): Promise<Index | undefined> {
  const path = join(folder, 'index.json');
  return readJsonIfPresent(path, (value) => indexSchema.parse(value), {
    what: 'not the index of a matrix',
    remedy: 'Remove the folder and make it again',
  });
}

async function checkShards(folder: string, index: Index): Promise<void> {
  const rowBytes = index.width * bytesPerValue(index.storage);
  for (const { file, rows } of index.shards) {
    const path = join(folder, file);
    const found = await stat(path).catch(() => undefined);
    if (found?.size !== rows * rowBytes) throw truncated(path);
  }
}

function truncated(path: string): InputError {
  return new InputError({
    what: 'the shard is missing, cut short or of another size than its index says',
    where: path,
    remedy: 'Remove the folder and make it again',
  });
}

function bytesPerValue(storage: Storage): number {
  return storage === 'float32' ? 4 : 2;
}

function encode(data: Float32Array, storage: Storage): Uint8Array {
  const values = storage === 'float32' ? data.slice() : Uint16Array.from(data, toFloat16);
  return new Uint8Array(values.buffer);
}
