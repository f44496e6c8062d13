/** One run to a folder: a lock file with the owner's process, taken over when that process is gone. */
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from 'frill';
import { onDisk } from './disk-error.js';

/**
 * Locks a folder for this process. Throws InputError when another live process holds it, DiskError where it cannot be
 * written. Returns the release.
 */
export function lockFolder(folder: string): Promise<() => Promise<void>> {
  return onDisk(folder, () => lock(folder));
}

async function lock(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, '.lock');
  await mkdir(folder, { recursive: true });
  for (;;) {
    try {
      const file = await open(path, 'wx');
      await file.writeFile(String(process.pid));
      await file.close();
      // One that cannot be removed is taken over once this process is gone.
      return () => rm(path, { force: true }).catch(() => {});
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const owner = await folderOwner(folder);
    if (owner !== undefined)
      throw new InputError({
        what: `another run (process ${owner}) is using this folder`,
        where: folder,
        remedy: 'Wait for it, stop it, or choose another folder with --out',
      });
    await rm(path, { force: true });
  }
}

/** The live process that holds a folder's lock, or undefined. */
export async function folderOwner(folder: string): Promise<number | undefined> {
  const owner = Number(await readFile(join(folder, '.lock'), 'utf8').catch(() => ''));
  return isAlive(owner) ? owner : undefined;
}

function isAlive(pid: number): boolean {
  if (!(pid > 0) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
