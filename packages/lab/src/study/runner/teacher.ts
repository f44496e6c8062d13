/** Who teaches: a model file, or a TRILL trained here on the same audio. */
import { availableParallelism } from 'node:os';
import { loadFrontend } from 'frill';
import type { Tasks } from '../../corpus/tasks.js';
import { prepareWindowFeatures } from '../../corpus/window-features.js';
import { openRepresentation, type Representation } from '../../models/representation.js';
import { openTrill } from '../../train/open-teacher.js';
import { SMALL_TRILL, trainTeacher } from '../../train/teacher.js';
import { teacherOptionsSchema } from '../../train/teacher-options.js';
import { dataOptions } from './make-student.js';
import type { Session } from './stages.js';
import type { StudyOptions } from './study-options.js';

/** Opens the teacher, training it first where it is ours. */
export async function openTeacher(
  session: Session,
  options: StudyOptions,
  tasks: Tasks,
): Promise<Representation> {
  if (options.teacher !== 'trill') return openRepresentation(options.teacher, { hopFrames: options.hop });
  const folder = session.folder.file('teacher');
  await trainOurs(session, options, tasks, folder);
  return openTrill(folder, { hopFrames: options.hop });
}

/** Trains a small TRILL on the windows that the students will learn from; a finished one is found. */
async function trainOurs(
  { progress, signal }: Session,
  options: StudyOptions,
  { distillation }: Tasks,
  folder: string,
): Promise<void> {
  const frontend = await loadFrontend();
  const data = await prepareWindowFeatures({
    ...dataOptions(options),
    clips: distillation,
    frontend,
    progress,
    signal,
  });
  try {
    await trainTeacher({
      config: SMALL_TRILL,
      data,
      options: teacherOptionsSchema.parse({
        steps: options.teacherSteps,
        seed: options.seed,
        validateEvery: Math.ceil(options.teacherSteps / 4),
      }),
      folder,
      threads: availableParallelism(),
      progress,
      signal,
    });
  } finally {
    await data.close();
  }
}
