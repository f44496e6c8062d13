/** What is dealt out to machines, as plain data: its paths are places of the parcel, which the machine that takes it has by another name. */
import { z } from 'zod';
import { studentName } from '../../models/student-config.js';
import { makeWorkSchema } from '../runner/pool/student-work.js';
import { evaluationJobSchema } from './evaluation-job.js';
import { rowsJobSchema } from './rows-job.js';

/** Threads stay as they are: another number rounds otherwise. */
const studentJobSchema = makeWorkSchema.omit({ folder: true, tasksFile: true });

export const jobSchema = z.discriminatedUnion('kind', [studentJobSchema, rowsJobSchema, evaluationJobSchema]);

export type QueuedJob = z.infer<typeof jobSchema>;

export function jobName(job: QueuedJob): string {
  return job.kind === 'make' ? studentName(job.config) : job.name;
}

/** Places of the files that a job needs beside those that everybody has. */
export function needsOf(job: QueuedJob): readonly string[] {
  return job.kind === 'make' ? [] : job.needs;
}
