/** Why a file could not be read, in words for an error that names it. */

/** `cause` is what the file system threw. */
export function whyUnread(cause: unknown, path: string): string {
  switch (cause instanceof Error && 'code' in cause ? cause.code : undefined) {
    case 'ENOENT':
    case 'ENOTDIR':
      return `no such file${pathHint(path)}`;
    case 'EISDIR':
      return 'this is a folder';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    default:
      return 'cannot be read';
  }
}

/** What a path that is not there may suffer from; empty where nothing can be told. */
export function pathHint(path: string): string {
  if (path.includes('\ufffd')) return ' (a name that is not UTF-8; rename it)';
  const isWindows = /\\|(^|\/)[a-z]:/i.test(path) && process.platform !== 'win32';
  return isWindows ? ' (a path of Windows; write it with / and without a drive)' : '';
}
