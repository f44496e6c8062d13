/** Which files travel between machines with a job: what a student's training goes on from, and what a job leaves. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Names of the grid. */
const STUDENT = /^(tiny|small|large)-\d(\.\d+)?-(gap|flat)(-lowrank)?(-qat)?$/;
/** Rows of a teacher's values, by a hash of what they are of. */
const ROWS = /^rows-[0-9a-f]{16}$/;

/** The one file of rows. */
export const ROWS_FILE = 'rows.f32';

const OF_STUDENT = [
  /^training\/checkpoint-\d{8}\.safetensors$/,
  /^training\/history\.jsonl$/,
  /^training\/student\.json$/,
  /^training\/weights\.safetensors$/,
  /^model\.tflite$/,
];
const OF_ROWS = [/^rows\.f32$/];

/** Where a job's files lie in the folder of a run, or of a machine; undefined for what names no such job. */
export function placeOf(job: string): string | undefined {
  if (STUDENT.test(job)) return `students/${job}`;
  return ROWS.test(job) ? `rows/${job}` : undefined;
}

/** Whether a file below that place travels. */
export function isKeptFile(job: string, name: string): boolean {
  return (ROWS.test(job) ? OF_ROWS : OF_STUDENT).some((pattern) => pattern.test(name));
}

/** Whether what a finished job leaves is in the folder of a run. */
export function isHere(job: string, run: string): boolean {
  const place = placeOf(job);
  return place === undefined || existsSync(join(run, place, ROWS.test(job) ? ROWS_FILE : 'model.tflite'));
}

/** Names of those that are in a job's folder, relative to it, with forward slashes. */
export async function keptFiles(job: string, folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return names
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => isKeptFile(job, name))
    .sort();
}

/** What needs to be sent again whenever it changes; the others are written once. */
export function isGrowing(name: string): boolean {
  return name.endsWith('history.jsonl');
}
