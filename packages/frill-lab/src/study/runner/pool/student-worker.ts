/** The process that makes or tries one student; started by the pool. */

import { tryStudent } from '../forecast/trial.js';
import { makeStudent } from '../steps/make-student.js';
import { studentWorkSchema } from './student-work.js';
import { serveJobs } from './worker-side.js';

serveJobs((payload, context) => {
  const work = studentWorkSchema.parse(payload);
  return work.kind === 'try' ? tryStudent(work, context.signal) : makeStudent(work, context);
});
