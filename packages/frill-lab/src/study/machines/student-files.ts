/** Which files of a student travel between machines: what a training goes on from, and what it leaves. */
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

/** Names of the grid; nothing else names a folder. */
const STUDENT = /^(tiny|small|large)-\d(\.\d+)?-(gap|flat)(-lowrank)?(-qat)?$/;

export function isStudentName(name: string): boolean {
  return STUDENT.test(name);
}
