/** What the stage that makes a study's students is given, whether processes here or other machines make them. */
import type { PreparedNames } from '../../../corpus/distillation-data.js';
import type { StudentConfig } from '../../../models/student-config.js';
import type { StudyOptions } from '../study-options.js';
import type { StudySession } from './stages.js';

export interface StudentsStage {
  readonly session: StudySession;
  readonly options: StudyOptions;
  readonly tasksFile: string;
  /** Features and targets, as the study has prepared them. */
  readonly data: PreparedNames;
  /** Values of the teacher a window. */
  readonly targetWidth: number;
  /** All that are wanted; those already made are left alone. */
  readonly students: readonly StudentConfig[];
  /** Clips that each student is evaluated on. */
  readonly evaluationClips: number;
}
