/** Append-only records, one JSON value a line. A line cut off by a kill is passed over when reading. */
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { onDisk } from './disk-error.js';

const NEWLINE = 0x0a;

/**
 * Appends one record on a line of its own. Several processes may append to one file. Throws DiskError when the disk is
 * full or not writable.
 */
export function appendRecord(path: string, record: unknown): Promise<void> {
  return onDisk(path, () => append(path, record));
}

async function append(path: string, record: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'a+');
  try {
    const { size } = await file.stat();
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
    const afterCutLine = size > 0 && buffer[0] !== NEWLINE;
    // Not write(), which may write a part and call that a success when the disk is full.
    await file.appendFile(`${afterCutLine ? '\n' : ''}${JSON.stringify(record)}\n`);
  } finally {
    await file.close();
  }
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
  return text.split('\n').flatMap((line) => {
    const value = wholeJson(line);
    return value === undefined ? [] : [parse(value)];
  });
}

/** The value of a line, or undefined for an empty or cut one. */
function wholeJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
