/** Who teaches: a released model or a model file, or a TRILL trained here on the same audio. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { loadFrontend } from 'frill-audio';
import { isReleasedName } from 'frill-audio/internals';
import type { Tasks } from '../../../corpus/tasks.js';
import { prepareWindowFeatures } from '../../../corpus/window-features.js';
import { exportTeacher } from '../../../export/export-teacher.js';
import { findCombined } from '../../../models/combined/folder.js';
import { readModelFile } from '../../../models/model-file.js';
import { openRepresentation } from '../../../models/open-representation.js';
import type { Representation } from '../../../models/representation.js';
import { engineLine, openRepresentationOnThreads } from '../../../models/representation-threads.js';
import { writeWhole } from '../../../run/whole-file.js';
import { openTrill } from '../../../train/open-teacher.js';
import { SMALL_TRILL, trainTeacher } from '../../../train/teacher.js';
import { teacherFolders } from '../../../train/teacher-folder.js';
import { teacherOptionsSchema } from '../../../train/teacher-options.js';
import type { StudyOptions } from '../study-options.js';
import { dataOptions } from './make-student.js';
import type { StudySession } from './stages.js';

/** What `--teacher` calls our own, and where it is in the run's folder. */
const [OURS, FOLDER] = ['trill', 'teacher'];

/** Opens the teacher, training it first where it is ours. */
export async function openStudyTeacher(
  session: StudySession,
  options: StudyOptions,
  tasks: Tasks,
): Promise<Representation> {
  if (options.teacher !== OURS) {
    const teacher = await openRepresentationOnThreads(options.teacher, {
      hopFrames: options.hop,
      device: options.device,
    });
    const line = engineLine(teacher);
    if (line) session.progress.say(line);
    return teacher;
  }
  const folder = session.folder.file(FOLDER);
  await trainOurs(session, options, tasks, folder);
  return openTrill(folder, { hopFrames: options.hop, device: options.device });
}

/** What `openSource` opens the study's teacher by, once it is trained. */
export function studyTeacherSource(folder: StudySession['folder'], { teacher }: StudyOptions): string {
  return teacher === OURS ? folder.file(FOLDER) : teacher;
}

/** The teacher as a .tflite file or a released name, to be measured like a student; ours is exported. Undefined where it is neither. */
export async function teacherFile(
  { folder }: Pick<StudySession, 'folder'>,
  { teacher: source }: StudyOptions,
): Promise<string | undefined> {
  if (source !== OURS) return source.endsWith('.tflite') || isReleasedName(source) ? source : undefined;
  const path = folder.file(FOLDER, 'model.tflite');
  if (!existsSync(path)) {
    const { name, config, weights, provenance, training } = await teacherFolders.read(folder.file(FOLDER));
    const file = { name, config, weights, form: 'float32', provenance: { ...provenance, training } } as const;
    await writeWhole(path, await exportTeacher(file));
  }
  return path;
}

/**
 * Bytes of a teacher's file: of a released model too, and of several networks combined into one. Undefined where it is ours, a baseline, or
 * gone.
 */
export async function teacherBytes({ teacher }: StudyOptions): Promise<number | undefined> {
  if (teacher === OURS) return undefined;
  const size = async () => (await readModelFile((await findCombined(teacher)) ?? teacher)).length;
  return size().catch(() => undefined);
}

/** A teacher that is not ours, on one thread, to be timed as a whole. */
export function openForLatency({ teacher }: StudyOptions): Promise<Representation> {
  return openRepresentation(teacher, { threads: 1 });
}

/** Throws ModelError for a teacher's file that cannot teach, before hours are spent on what comes first. */
export async function refuseUnusableTeacher({ teacher }: StudyOptions): Promise<void> {
  if (teacher !== OURS) (await openRepresentation(teacher)).close();
}

/** Trains a small TRILL on the windows that the students will learn from; a finished one is found. */
async function trainOurs(
  { progress, signal }: StudySession,
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
      device: options.device,
      progress,
      signal,
    });
  } finally {
    await data.close();
  }
}
