/**
 * Bytes by key, kept between runs: what is expensive to compute and small enough to keep. Any number of processes may read and
 * add at once, each adding to a file of its own:
 *
 *     index.jsonl     one line a blob: key, file, offset, length, and what the owner says about it
 *     <name>.bin      blobs one after another
 *
 * A line is written after its bytes, so what is listed is whole; bytes without a line are never read.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { onDisk } from './disk-error.js';
import { appendRecord, readRecords } from './json-lines.js';

export interface Blob<About> {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly about: About;
}

/** Where a blob lies, for readers on other threads. */
export interface BlobPlace<About> {
  readonly path: string;
  /** Offset in the file, in bytes, as is the length. */
  readonly offset: number;
  readonly length: number;
  readonly about: About;
}

export interface BlobStore<About> {
  /** Without reading it; undefined where there is none. */
  find(key: string): BlobPlace<About> | undefined;
  get(key: string): Promise<Blob<About> | undefined>;
  put(key: string, blob: { readonly bytes: Uint8Array; readonly about: About }): Promise<void>;
  close(): Promise<void>;
}

/** Opens a folder, new or old. `about` checks what comes with each blob. */
export async function openBlobStore<About>(
  folder: string,
  about: z.ZodType<About>,
): Promise<BlobStore<About>> {
  await onDisk(folder, () => mkdir(folder, { recursive: true }));
  const index = join(folder, 'index.jsonl');
  const schema = z.object({ key: z.string(), file: z.string(), offset: z.int(), length: z.int(), about });
  const records = await readRecords(index, (value) => schema.parse(value));
  const known = new Map(records.map((record) => [record.key, record]));
  const handles = new Map<string, Promise<FileHandle>>();
  const file = `${randomBytes(6).toString('hex')}.bin`;
  // Blobs are written one after another, whoever waits for them.
  let lastPut: Promise<void> = Promise.resolve();
  const opened = (name: string) => {
    const handle = handles.get(name) ?? open(join(folder, name), name === file ? 'a+' : 'r');
    handles.set(name, handle);
    return handle;
  };
  return {
    find(key) {
      const record = known.get(key);
      return record && { ...record, path: join(folder, record.file) };
    },
    async get(key) {
      const record = known.get(key);
      if (record === undefined) return undefined;
      const bytes = new Uint8Array(record.length);
      // A store whose data files were removed by hand is as good as empty.
      const handle = await opened(record.file).catch(() => undefined);
      const { bytesRead } = (await handle?.read(bytes, 0, bytes.length, record.offset)) ?? { bytesRead: -1 };
      return bytesRead === record.length ? { bytes, about: record.about } : undefined;
    },
    put(key, { bytes, about }) {
      const write = async () => {
        const handle = await opened(file);
        // Asked for every time: a write that failed may have left a part.
        const { size: offset } = await handle.stat();
        const record = { key, file, offset, length: bytes.length, about };
        await handle.appendFile(bytes);
        await appendRecord(index, record);
        known.set(key, record);
      };
      const own = lastPut.then(() => onDisk(join(folder, file), write));
      lastPut = own.catch(() => {});
      return own;
    },
    async close() {
      for (const handle of handles.values()) await (await handle.catch(() => undefined))?.close();
      handles.clear();
    },
  };
}
