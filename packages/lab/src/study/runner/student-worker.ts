/** The process that makes students, one after another; started by the pool. */
import { timeTraining } from './estimate.js';
import { makeStudent } from './make-student.js';
import { studentWorkSchema } from './student-work.js';
import { serveJobs } from './worker-side.js';

serveJobs((payload, context) => {
  const work = studentWorkSchema.parse(payload);
  return work.kind === 'time' ? timeTraining(work.config, work) : makeStudent(work, context);
});
