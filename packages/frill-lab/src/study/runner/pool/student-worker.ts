/** The process that does one job: makes or tries a student, asks a teacher, evaluates a model; started by the pool. */
import { z } from 'zod';
import { evaluateHere, evaluationWorkSchema } from '../../machines/evaluation-job.js';
import { makeRows, rowsWorkSchema } from '../../machines/rows-job.js';
import { tryStudent } from '../forecast/trial.js';
import { makeStudent } from '../steps/make-student.js';
import { makeWorkSchema, trialWorkSchema } from './student-work.js';
import { serveJobs } from './worker-side.js';

const workSchema = z.discriminatedUnion('kind', [
  makeWorkSchema,
  trialWorkSchema,
  rowsWorkSchema,
  evaluationWorkSchema,
]);

serveJobs((payload, context) => {
  const work = workSchema.parse(payload);
  switch (work.kind) {
    case 'make':
      return makeStudent(work, context);
    case 'try':
      return tryStudent(work, context.signal);
    case 'rows':
      return makeRows(work, context);
    case 'evaluate':
      return evaluateHere(work, context);
  }
});
