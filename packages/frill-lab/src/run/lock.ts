/**
 * One run to a folder: a lock file with the owner's process, taken over when that process is gone.
 *
 * The file appears with its content (a link to a finished one), so that whoever reads it finds an owner. A stale one is removed by
 * one process at a time, which looks at it again first: of two that found it stale, one might remove the other's new lock.
 */
import { randomBytes } from 'node:crypto';
import { constants, copyFile, link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from 'frill-audio';
import { onDisk } from './disk-error.js';
import { isUnfinished } from './whole-file.js';

/**
 * Locks a folder for this process, and removes files in it that killed processes left unfinished. Throws InputError when another
 * live process holds it, DiskError where it cannot be written. Returns the release.
 */
export function lockFolder(folder: string): Promise<() => Promise<void>> {
  return onDisk(folder, async () => {
    await mkdir(folder, { recursive: true });
    const release = await lock(folder);
    await removeUnfinished(folder);
    return release;
  });
}

async function lock(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, LOCK);
  const token = randomBytes(4).toString('hex');
  const own = `${path}.${token}`;
  const content = `${process.pid} ${token}`;
  try {
    await writeFile(own, content);
    for (;;) {
      if (await place(own, path))
        // One that cannot be removed is taken over once this process is gone; one that is not ours any more is left.
        return async () => {
          if ((await contentOf(path)) === content) await rm(path, { force: true }).catch(() => {});
        };
      const found = await contentOf(path);
      if (found === undefined) continue;
      const owner = ownerOf(found);
      if (owner !== undefined)
        throw new InputError({
          what: `another run (process ${owner}) is using this folder`,
          where: folder,
          remedy: 'Wait for it, stop it, or choose another folder with --out',
        });
      await takeAway(path, own, found);
    }
  } finally {
    await rm(own, { force: true }).catch(() => {});
  }
}

/** Puts a whole lock file in its place; false where there is one. */
async function place(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path).catch((error) => {
      // File systems without links (FAT) get a copy, which is there a moment before its content.
      if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOENT') throw error;
      return copyFile(own, path, constants.COPYFILE_EXCL);
    });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a stale lock if it is still there and no other process is at it; whoever calls looks again. */
async function takeAway(path: string, own: string, stale: string): Promise<void> {
  const guard = `${path}.guard`;
  if (!(await place(own, guard))) {
    const found = await contentOf(guard);
    if (found !== undefined && ownerOf(found) === undefined) await rm(guard, { force: true });
    return;
  }
  try {
    if ((await contentOf(path)) === stale) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

/** The live process that holds a folder's lock, or undefined. */
export async function folderOwner(folder: string): Promise<number | undefined> {
  return ownerOf((await contentOf(join(folder, LOCK))) ?? '');
}

const LOCK = '.lock';

async function contentOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

/** The live process that a lock names. */
function ownerOf(content: string): number | undefined {
  const pid = Number(content.split(' ')[0]);
  // No process locks a folder twice. A lock with our own number was left by a dead process that had it before, as happens in
  // containers, where the command has the same small number at every start.
  if (!(pid > 0) || pid === process.pid) return undefined;
  try {
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return codeOf(error) === 'EPERM' ? pid : undefined;
  }
}

/** Whoever writes in a folder holds its lock, so that what is unfinished now stays so. */
async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (isUnfinished(name)) await rm(join(folder, name), { force: true }).catch(() => {});
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
