/** What the operating system says of a disk, in words that say what to do. */
import { InputError } from 'frill-audio';

/** A file could not be written. Nothing else that writes there will fare better: a run stops, and can be run again. */
export class DiskError extends InputError {}

/** What `write` gives; its failures for want of room or rights as a DiskError about `where`. */
export async function onDisk<T>(where: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    throw diskError(cause, where) ?? cause;
  }
}

/** The DiskError for a full or unwritable disk; undefined for any other error. `where` is used where the error names no path. */
export function diskError(error: unknown, where?: string): DiskError | undefined {
  if (error instanceof DiskError) return error;
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const path = where ?? ('path' in error && typeof error.path === 'string' ? error.path : undefined);
  const isMakingFolder = 'syscall' in error && error.syscall === 'mkdir';
  switch (error.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new DiskError({
        what: 'the disk is full; nothing was written',
        where: path,
        remedy: 'Free some space and run the same command again: what it had finished is kept',
        cause: error,
      });
    case 'EROFS':
      return unwritable('this disk is read-only', path, error);
    case 'EACCES':
    case 'EPERM':
      return unwritable('permission denied', path, error);
    // Making a folder on a read-only disk is answered with ENOENT by Node.
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EEXIST':
      return isMakingFolder ? unwritable('this folder cannot be made', path, error) : undefined;
    default:
      return undefined;
  }
}

function unwritable(what: string, where: string | undefined, cause: Error): DiskError {
  const remedy = 'Make it writable and run the same command again, or choose another folder';
  return new DiskError({ what, where, remedy, cause });
}
