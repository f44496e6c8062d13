/** JSON files that may be absent: results that another run has left, or has not. */
import { readFile } from 'node:fs/promises';
import { type ErrorDetails, InputError } from 'frill-audio';

/** The validated content. Throws InputError, as described, where the file is damaged, and one that names it where it is absent. */
export async function readJson<T>(
  path: string,
  parse: (value: unknown) => T,
  damaged: Pick<ErrorDetails, 'what' | 'remedy'>,
): Promise<T> {
  const found = await readJsonIfPresent(path, parse, damaged);
  if (found === undefined)
    throw new InputError({ what: 'no such file', where: path, remedy: damaged.remedy });
  return found;
}

/** The validated content, or undefined where there is no file. Throws InputError, as described, where it is damaged. */
export async function readJsonIfPresent<T>(
  path: string,
  parse: (value: unknown) => T,
  damaged: Pick<ErrorDetails, 'what' | 'remedy'>,
): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw error;
  }
  try {
    return parse(JSON.parse(text));
  } catch (cause) {
    throw new InputError({ ...damaged, where: path, cause });
  }
}
