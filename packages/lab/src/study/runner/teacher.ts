/** Who teaches: a model file, or a TRILL trained here on the same audio. */
import type { Tasks } from '../../corpus/tasks.js';
import { openRepresentation, type Representation } from '../../models/representation.js';
import type { Session } from './stages.js';
import { stage } from './stages.js';
import type { StudyOptions } from './study-options.js';

/** Opens the teacher, training it first where it is ours. */
export async function openTeacher(
  session: Session,
  options: StudyOptions,
  tasks: Tasks,
): Promise<Representation> {
  if (options.teacher !== 'trill') return openRepresentation(options.teacher, { hopFrames: options.hop });
  throw new Error(`wire trainTeacher ${session.folder.path} ${tasks.tasks.length} ${stage.name}`);
}
