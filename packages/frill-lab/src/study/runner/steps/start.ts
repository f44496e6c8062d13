/**
 * What the students begin with: random weights, or those of a finished network. The run keeps that network in `start/`, so that workers
 * and other machines find it, and a later release of the same name changes nothing.
 */
import { InputError } from 'frill-audio';
import { isReleasedName, readReleased } from 'frill-audio/internals';
import type { StudentConfig } from '../../../models/student-config.js';
import { refuseStrangers } from '../../../train/inherited-weights.js';
import { findReleasedWeights, openStudent } from '../../../train/open-student.js';
import { type FinishedStudent, studentFolders } from '../../../train/student-folder.js';
import { NOTHING, RATES, type SettledOptions, type StudyOptions } from '../study-options.js';

/** Where it lies in a run's folder. */
export const START = 'start';

/** The options with what follows from others filled in, and released models by name and version. */
export async function settle(options: StudyOptions): Promise<SettledOptions> {
  const teacher = await pinned(options.teacher);
  const hasWeights = isReleasedName(teacher) && (await findReleasedWeights(teacher)) !== undefined;
  const startFrom = await pinned(options.startFrom ?? (hasWeights ? teacher : NOTHING));
  const students = options.students ?? (startFrom === NOTHING ? 'builtin' : 'smaller');
  const learningRate = options.learningRate ?? RATES[startFrom === NOTHING ? 'random' : 'inherited'];
  return { ...options, teacher, startFrom, students, learningRate };
}

/** Embeddings of two versions cannot be compared: a study is of one. */
async function pinned(source: string): Promise<string> {
  if (!isReleasedName(source)) return source;
  const { name, version } = await readReleased(source);
  return `${name}-v${version}`;
}

/** The network to begin with, if there is one. Throws InputError where it is not found. */
export async function openStart({ startFrom }: SettledOptions): Promise<FinishedStudent | undefined> {
  return startFrom === NOTHING ? undefined : openStudent(startFrom);
}

/**
 * The students as they can begin with that network: their embedding is as long, their input layer the same. Throws InputError for one
 * of another family or with more blocks.
 */
export function studentsFrom(
  start: FinishedStudent | undefined,
  students: readonly StudentConfig[],
): StudentConfig[] {
  if (start === undefined) return [...students];
  const { bottleneck, input } = start.config;
  return students.map((student) => {
    const config = { ...student, bottleneck, input };
    try {
      refuseStrangers(start.config, config);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw new InputError({
        what: error.what,
        where: '--students',
        remedy: `Leave such students out, or let all begin with random weights: --start-from ${NOTHING}`,
      });
    }
    return config;
  });
}

/** What the run in this folder begins with. */
export async function readStart(
  folder: string,
  { startFrom = NOTHING }: StudyOptions,
): Promise<FinishedStudent | undefined> {
  return startFrom === NOTHING ? undefined : studentFolders.read(folder);
}
