/**
 * JSON files that people write: tasks, recipes, declarations. An error names the file, and every field that is wrong with what
 * is wrong about it. Files that Frill writes itself are read by `run/json-file.ts`.
 */
import { InputError } from 'frill-audio';
import type { z } from 'zod';
import { readText } from './decode-text.js';
import { whyUnread } from './unread.js';

/** Reads and checks a file. Throws InputError where it is absent, no JSON or not as the schema has it; `remedy` is then its advice. */
export async function readWrittenJson<T>(path: string, schema: z.ZodType<T>, remedy: string): Promise<T> {
  let content: unknown;
  try {
    content = JSON.parse(await readText(path));
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError({
      what: cause instanceof SyntaxError ? `not JSON (${cause.message})` : whyUnread(cause, path),
      where: path,
      remedy,
      cause,
    });
  }
  const { data, error } = schema.safeParse(content);
  if (error === undefined) return data;
  const faults = error.issues.map(({ path, message }) =>
    [path.join('.'), message].filter(Boolean).join(': '),
  );
  throw new InputError({ what: faults.join('; '), where: path, remedy, cause: error });
}
