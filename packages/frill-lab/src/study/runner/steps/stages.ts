/** Stages of a study are timed and recorded, so that the report can say where the time went. */
import type { Progress } from '../../../run/progress.js';
import type { StageRecord } from '../../records.js';
import type { RunFolder } from '../run-folder.js';

export interface StudySession {
  readonly folder: RunFolder;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Runs a stage; `note` says in a few words what it gave. Nothing is recorded of a stage that is stopped or fails. */
export async function stage<T>(
  { folder, progress, signal }: StudySession,
  name: string,
  body: () => Promise<T>,
  note: (result: T) => string = () => '',
): Promise<T> {
  signal.throwIfAborted();
  progress.say(`— ${name}`);
  const began = performance.now();
  const result = await body();
  const seconds = Number(((performance.now() - began) / 1000).toFixed(2));
  await folder.addStage({ name, seconds, note: note(result) });
  return result;
}

/** One record a stage, its passes that came to their end in all sessions added up, in the order of the first. */
export function totals(records: readonly StageRecord[]): StageRecord[] {
  const byName = new Map<string, StageRecord>();
  for (const record of records) {
    const before = byName.get(record.name);
    byName.set(record.name, { ...record, seconds: record.seconds + (before?.seconds ?? 0) });
  }
  return [...byName.values()];
}
