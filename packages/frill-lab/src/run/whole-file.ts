/** A result file is either whole or absent: written beside its place, flushed, then renamed. */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { checkDestination } from './destination.js';
import { onDisk } from './disk-error.js';

/** Whether a file of that name is one that was being written; when no one is writing any more, it is a killed process's. */
export function isUnfinished(name: string): boolean {
  return /\.[0-9a-f]{8}\.part$/.test(name);
}

/** Writes `content` to `path`, making its folder. Throws DiskError when the disk is full or not writable. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await writeWholeWith(path, (file) => file.writeFile(content));
}

/** The same for files written piece by piece: `write` gets the handle of the unfinished file. */
export async function writeWholeWith(
  path: string,
  write: (file: FileHandle) => Promise<void>,
): Promise<void> {
  await checkDestination(path);
  const unfinished = `${path}.${randomBytes(4).toString('hex')}.part`;
  await onDisk(path, async () => {
    try {
      const file = await open(unfinished, 'w');
      try {
        await write(file);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(unfinished, path);
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => {});
      throw error;
    }
  });
}
