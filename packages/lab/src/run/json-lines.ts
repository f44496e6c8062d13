/** Append-only records, one JSON value a line. A line cut off by a kill is dropped when reading. */
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Appends one record; atomic for records of ordinary size, so several processes may append. */
export async function appendRecord(path: string, record: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await appendFile(path, `${JSON.stringify(record)}\n`);
}

/** All whole records, oldest first; none when the file is absent. `parse` validates each (a zod schema's parse). */
export async function readRecords<T>(path: string, parse: (value: unknown) => T): Promise<T[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parse(JSON.parse(line)));
}
