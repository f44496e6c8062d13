/**
 * What a device may send: one round, or the whole report, of exactly the models that it was asked to measure. Everything else is
 * refused with the reason.
 */
import { z } from 'zod';
import { entriesOf } from '../interleaved-rounds.js';
import { type LatencyReport, latencyReportSchema } from '../latency-report.js';
import { type RoundRecord, roundRecordSchema } from '../round-store.js';
import { type ServedTask, subjectsOf } from './task.js';

/** A submission that is not taken, with the reason in a sentence. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** Sixteen to sixty-four hexadecimal digits, which the device makes up. */
export const deviceIdSchema = z.string().regex(/^[0-9a-f]{16,64}$/);

const strictRound = roundRecordSchema.strict();
const strictReport = latencyReportSchema.strict();

/** A round of this task. Throws Refusal. */
export function acceptRound(value: unknown, task: ServedTask): RoundRecord {
  const record = parsed(strictRound, value);
  const { rounds, extraRounds } = task.protocol;
  if (record.measurement !== task.measurement) throw new Refusal('this round is of another measurement');
  if (record.entry < 0 || record.entry >= entriesOf(subjectsOf(task).length))
    throw new Refusal(`there is no entry ${record.entry}`);
  if (record.round < 0 || record.round >= rounds + extraRounds)
    throw new Refusal(`there is no round ${record.round}`);
  if (!isTimes(record.samples) || record.samples.length === 0) throw new Refusal('the samples are no times');
  return record;
}

/** A report of this task. Throws Refusal. */
export function acceptReport(value: unknown, task: ServedTask): LatencyReport {
  const report = parsed(strictReport, value);
  const { shortestSampleMs: _, ...asked } = task.protocol;
  for (const [key, wanted] of Object.entries(asked))
    if (JSON.stringify(Reflect.get(report.protocol, key)) !== JSON.stringify(wanted))
      throw new Refusal(`the protocol's ${key} is not the one asked for`);
  const expected = subjectsOf(task);
  if (report.models.length !== expected.length)
    throw new Refusal(`${report.models.length} measurements instead of ${expected.length}`);
  for (const [index, subject] of expected.entries()) {
    const model = report.models[index];
    for (const key of ['name', 'path', 'content', 'engine'] as const)
      if (model[key] !== subject[key]) throw new Refusal(`measurement ${index} has another ${key}`);
    if (!isTimes(model.rounds.flat()) || !(model.medianMs > 0))
      throw new Refusal(`the times of ${model.name} are no times`);
  }
  return report;
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  throw new Refusal(`${path.length === 0 ? 'the submission' : path.join('.')}: ${message}`);
}

function isTimes(values: readonly number[]): boolean {
  return values.every((value) => Number.isFinite(value) && value >= 0);
}
