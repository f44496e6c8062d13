/** Which files of a student travel between machines: what a training goes on from, and what it leaves. */
import { parseStudentName } from '../../models/student-config.js';

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

/** What needs to be sent again whenever it changes; the others are written once. */
export function isGrowing(name: string): boolean {
  return name.endsWith('history.jsonl');
}

export function isStudentName(name: string): boolean {
  try {
    parseStudentName(name);
    return true;
  } catch {
    return false;
  }
}
