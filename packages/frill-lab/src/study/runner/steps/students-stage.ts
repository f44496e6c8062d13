/** What making a study's students needs. */
import type { StudentConfig } from '../../../models/student-config.js';
import type { TeacherDescription } from '../pool/student-work.js';
import type { StudyOptions } from '../study-options.js';
import type { Session } from './stages.js';

export interface StudentsStage {
  readonly session: Session;
  readonly options: StudyOptions;
  readonly tasksFile: string;
  readonly teacher: TeacherDescription;
  /** All that are wanted; those already made are left alone. */
  readonly students: readonly StudentConfig[];
  /** Clips that each student is evaluated on. */
  readonly evaluationClips: number;
}
