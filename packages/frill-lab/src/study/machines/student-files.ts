/** Which files of a student travel between machines: what a training goes on from, and what it leaves. */
import { readdir } from 'node:fs/promises';

/** Below `students/<name>`. */
const KEPT = [
  /^training\/checkpoint-\d{8}\.safetensors$/,
  /^training\/history\.jsonl$/,
  /^training\/student\.json$/,
  /^training\/weights\.safetensors$/,
  /^model\.tflite$/,
];

export function isKeptFile(name: string): boolean {
  return KEPT.some((pattern) => pattern.test(name));
}

/** Names of those that are there, relative to the student's folder, with forward slashes. */
export async function keptFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return names
    .map((name) => name.replaceAll('\\', '/'))
    .filter(isKeptFile)
    .sort();
}

/** What needs to be sent again whenever it changes; the others are written once. */
export function isGrowing(name: string): boolean {
  return name.endsWith('history.jsonl');
}

/** Names of the grid; nothing else names a folder. */
const STUDENT = /^(tiny|small|large)-\d(\.\d+)?-(gap|flat)(-lowrank)?(-qat)?$/;

export function isStudentName(name: string): boolean {
  return STUDENT.test(name);
}
