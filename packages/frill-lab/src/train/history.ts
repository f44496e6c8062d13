/** What a training said as it went: one JSON line each time the loss was averaged or validated. */
import { join } from 'node:path';
import { z } from 'zod';
import { appendRecord, readRecords } from '../run/json-lines.js';
import { writeWhole } from '../run/whole-file.js';

export const historyRecordSchema = z.object({
  /** Training steps done. */
  step: z.int(),
  /** Mean training loss of the steps since the record before. */
  loss: z.number(),
  /** Loss on the validation rows, where it was measured at this step. */
  validationLoss: z.number().optional(),
  /** Part of the variance of the teacher's values that is predicted on them, where a student is trained. */
  explained: z.number().optional(),
  learningRate: z.number(),
  examplesPerSecond: z.number(),
});

export type HistoryRecord = z.infer<typeof historyRecordSchema>;

const file = (folder: string) => join(folder, 'history.jsonl');

export function readHistory(folder: string): Promise<HistoryRecord[]> {
  return readRecords(file(folder), (value) => historyRecordSchema.parse(value));
}

export function appendHistory(folder: string, record: HistoryRecord): Promise<void> {
  return appendRecord(file(folder), record);
}

/** Drops what was recorded after a step: a run that resumes there does those steps again. */
export async function rewindHistory(folder: string, step: number): Promise<HistoryRecord[]> {
  const records = await readHistory(folder);
  const kept = records.filter((record) => record.step <= step);
  if (kept.length < records.length)
    await writeWhole(file(folder), kept.map((record) => `${JSON.stringify(record)}\n`).join(''));
  return kept;
}
