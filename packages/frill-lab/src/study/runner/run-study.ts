/**
 * A study from audio to report, in the order of the blog post. Every stage leaves its result on disk under a name derived
 * from what it was made of: run again, it is found; killed, it goes on.
 */
import { join } from 'node:path';
import { loadFrontend } from 'frill-audio';
import type { AskTeacher } from '../../corpus/ask-teacher.js';
import { fileFingerprint } from '../../corpus/clip-audio.js';
import { type PreparedNames, prepareDistillation } from '../../corpus/distillation-data.js';
import { makeSyntheticCorpus } from '../../corpus/synthetic/make.js';
import { loadTasksToJudgeBy, type Tasks } from '../../corpus/tasks.js';
import { readTasksFile } from '../../corpus/tasks-file.js';
import { providerOf } from '../../engine/ort/provider.js';
import { readModelFile } from '../../models/model-file.js';
import { openRepresentation } from '../../models/open-representation.js';
import type { Representation } from '../../models/representation.js';
import { type StudentConfig, studentName } from '../../models/student-config.js';
import { tasksIdentity } from '../../noss/evaluation.js';
import { contentName } from '../../run/content-name.js';
import { lockFolder } from '../../run/lock.js';
import type { Progress } from '../../run/progress.js';
import { whole } from '../../text/format.js';
import { studentFolders } from '../../train/student-folder.js';
import { deviceName } from '../device-frontiers.js';
import { chooseStudents } from '../grid.js';
import { askByMachines } from '../machines/deal-rows.js';
import type { StudyResults } from '../records.js';
import { headline } from '../report/headline.js';
import { evaluatedClips } from './forecast/trial.js';
import { openLog } from './log.js';
import { writeResults } from './results.js';
import { RunFolder } from './run-folder.js';
import { evaluateOnTasks } from './steps/evaluate.js';
import { dataOptions } from './steps/make-student.js';
import { measureStudents } from './steps/measure-students.js';
import { readMeasurement, studentsOf } from './steps/measured-elsewhere.js';
import { type StudySession, stage } from './steps/stages.js';
import { openStart, START, settle, studentsFrom } from './steps/start.js';
import { makeStudents } from './steps/students.js';
import { openStudyTeacher, refuseUnusableTeacher, studyTeacherSource, teacherFile } from './steps/teacher.js';
import { identityOf, type StudyOptions } from './study-options.js';

export interface StudyJob {
  readonly options: StudyOptions;
  /** How the user called it; goes into the report. */
  readonly command: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface StudyOutcome {
  readonly folder: string;
  /** Path of report.html. */
  readonly report: string;
  /** What was found, in a few sentences. */
  readonly found: string;
}

const GIB = 2 ** 30;

/** What every study evaluates beside teacher and students: the least that they must be better than. */
const BASELINES = ['mfcc-statistics', 'log-mel-statistics'];

/** Runs the study, or what is left of it. Throws InputError for bad input, and the signal's reason when stopped. */
export async function runStudy(job: StudyJob): Promise<StudyOutcome> {
  const { command } = job;
  // Before a folder is made: what cannot begin leaves nothing behind.
  await providerOf(job.options.device);
  const options = await settle(job.options);
  const start = await openStart(options);
  const students = studentsFrom(start, chooseStudents(options.students));
  await refuseUnusableTeacher(options);
  if (options.tasks !== undefined) await readTasksFile(options.tasks);
  const path = options.out ?? join('runs', `study-${contentName(identityOf(options)).slice(0, 8)}`);
  const release = await lockFolder(path);
  try {
    const folder = await RunFolder.open(path, command, options);
    if (start) {
      await folder.remember('start', start.training);
      await studentFolders.write(folder.file(START), start);
    }
    return await runIn(folder, students, { ...job, options });
  } finally {
    await release();
  }
}

async function runIn(
  folder: RunFolder,
  students: readonly StudentConfig[],
  { options, command, progress: shown, signal }: StudyJob,
): Promise<StudyOutcome> {
  const progress = openLog(folder.file('log.txt'), shown);
  const session: StudySession = { folder, progress, signal };
  const clock = await folder.startSession();
  progress.note(`session ${(await folder.sessions()).length}: ${command}`);
  try {
    progress.say(`study in ${folder.path}`);
    const { tasksFile, tasks } = await stage(
      session,
      'corpus',
      () => openCorpus(session, options),
      ({ tasks }) => `${tasks.distillation.length} clips to learn from, ${tasks.tasks.length} tasks`,
    );
    const teacher = await stage(session, 'teacher', () => openSameTeacher(session, options, tasks));
    const missing = await missingStudents(folder, students);
    const data = await stage(session, 'features and targets', () =>
      prepareData(session, options, tasks, teacher, missing > 0),
    );
    await stage(session, 'teacher and baseline', () => evaluateOthers(session, options, tasks, teacher));
    teacher.close();
    await stage(session, 'students', () =>
      makeStudents({
        session,
        options,
        tasksFile,
        data,
        targetWidth: teacher.dimension,
        students,
        evaluationClips: evaluatedClips(tasks.tasks).length,
      }),
    );
    await stage(session, 'latency', () => measureAll(session, options));
    // Said before the results are gathered, so that they know how this session ended.
    await clock.tick('finished');
    const { page, results, analysis } = await writeResults(folder);
    await clock.stop('finished');
    const found = foundLines(results, analysis);
    progress.note(`finished: ${found}`);
    return { folder: folder.path, report: page, found };
  } catch (error) {
    await clock.stop(signal.aborted ? 'stopped' : 'failed');
    progress.note(signal.aborted ? 'stopped' : `failed: ${error instanceof Error ? error.message : error}`);
    throw error;
  }
}

async function openCorpus({ folder, progress, signal }: StudySession, options: StudyOptions) {
  const tasksFile = options.tasks ?? (await builtInCorpus(options, progress, signal));
  const tasks = await loadTasksToJudgeBy(tasksFile, { strict: options.strict });
  await folder.remember('tasks', await contentOf(tasks));
  for (const warning of tasks.warnings) progress.say(warning);
  return { tasksFile, tasks };
}

/** Equal for equal tasks and clips to learn from. */
async function contentOf({ tasks, distillation }: Tasks): Promise<string> {
  const clips = [];
  for (const clip of distillation) clips.push([clip.id, clip.span ?? null, await fileFingerprint(clip)]);
  return contentName({ tasks: await tasksIdentity(tasks), clips });
}

/** The teacher, which must be the one of earlier sessions. */
async function openSameTeacher(
  session: StudySession,
  options: StudyOptions,
  tasks: Tasks,
): Promise<Representation> {
  const teacher = await openStudyTeacher(session, options, tasks);
  try {
    await session.folder.remember('teacher', teacher.identity);
  } catch (error) {
    teacher.close();
    throw error;
  }
  return teacher;
}

/** The synthetic corpus of this seed, made once for all runs. */
async function builtInCorpus({ cache, seed }: StudyOptions, progress: Progress, signal: AbortSignal) {
  const folder = join(cache, `synthetic-${contentName(seed).slice(0, 8)}`);
  return (await makeSyntheticCorpus({ folder, seed, progress, signal })).tasksFile;
}

/** Features of training windows, and what the teacher says of them. */
async function prepareData(
  { folder, progress, signal }: StudySession,
  options: StudyOptions,
  tasks: Tasks,
  teacher: Representation,
  studentsFollow: boolean,
): Promise<PreparedNames> {
  const frontend = await loadFrontend();
  const { frames, melBands } = frontend.parameters;
  const windows = tasks.distillation.length * options.windowsPerClip;
  // Features are float32, targets float16; see dataOptions.
  const bytes = windows * (4 * frames * melBands + 2 * teacher.dimension);
  progress.say(
    `features and targets: at most ${whole(windows)} windows, ${(bytes / GIB).toFixed(1)} GiB of disk in ${options.cache}; what is there is not made again`,
  );
  const data = await prepareDistillation({
    ...dataOptions(options),
    clips: tasks.distillation,
    frontend,
    teacher,
    ask: askerOf({ folder, progress, signal }, options, studentsFollow),
    progress,
    signal,
  });
  await folder.writeJson('corpus.json', {
    name: tasks.corpora.map(({ name }) => name).join(', '),
    clips: tasks.distillation.length - data.skipped.length,
    windows: data.features.rows,
    targetWidth: data.targets.width,
  });
  await data.close();
  return data.prepared;
}

/** Other machines, where there is a queue. */
function askerOf(
  { folder, progress, signal }: StudySession,
  options: StudyOptions,
  follows: boolean,
): AskTeacher | undefined {
  const { queue, serveOn, share, hop: hopFrames, device } = options;
  if (queue === undefined) return undefined;
  const teacher = { source: studyTeacherSource(folder, options), output: undefined, hopFrames, device };
  return askByMachines({
    ...{ run: folder.path, queue, serveOn, share, teacher, follows, progress, signal },
    // No student is begun yet.
    onMachines: (machines) =>
      void folder.writeNow({
        at: new Date().toISOString(),
        running: {},
        secondsLeft: 0,
        machines: [...machines],
      }),
  });
}

async function missingStudents(folder: RunFolder, students: readonly StudentConfig[]): Promise<number> {
  const done = new Set((await folder.students()).map(({ name }) => name));
  return students.filter((config) => !done.has(studentName(config))).length;
}

/** The teacher and the baseline on the students' tasks. */
async function evaluateOthers(
  { folder, progress, signal }: StudySession,
  options: StudyOptions,
  { tasks }: Tasks,
  teacher: Representation,
): Promise<void> {
  const done = new Set((await folder.representations()).map(({ name }) => name));
  const baselines = await Promise.all(BASELINES.map((name) => openRepresentation(name)));
  for (const representation of [teacher, ...baselines]) {
    const role = representation === teacher ? 'teacher' : 'baseline';
    if (done.has(representation.name)) continue;
    const began = performance.now();
    const evaluated = await evaluateOnTasks(representation, {
      tasks,
      seed: options.seed,
      cache: join(options.cache, 'embeddings'),
      audioCache: join(options.cache, 'audio'),
      progress,
      signal,
    });
    const { name, dimension, engine } = representation;
    const file = role === 'teacher' ? await teacherFile({ folder }, options) : undefined;
    await folder.addRepresentation({
      name,
      role,
      dimension,
      engine,
      ...(file ? { bytes: (await readModelFile(file)).length } : {}),
      ...evaluated,
      seconds: (performance.now() - began) / 1000,
    });
  }
  for (const baseline of baselines) baseline.close();
}

/** All students and their teacher, side by side, unless they are measured already; or what was measured elsewhere. */
async function measureAll({ folder, progress, signal }: StudySession, options: StudyOptions): Promise<void> {
  if (options.latencyFrom !== undefined) {
    const report = await readMeasurement(options.latencyFrom);
    const { latency, missing } = await studentsOf(folder, report, options.latencyFrom);
    if (missing.length > 0) progress.say(`not measured on ${deviceName(report)}: ${missing.join(', ')}`);
    return folder.setLatency(latency);
  }
  const students = await folder.students();
  const before = await folder.latency();
  const measured = new Set(before?.models.map(({ name }) => name));
  if (students.every(({ name }) => measured.has(name))) return;
  const store = await folder.roundStore();
  const { rounds } = options;
  const engine = options.engine === 'auto' ? 'device' : options.engine;
  await folder.setLatency(await measureStudents(folder, { rounds, engine, store, progress, signal }));
}

/** What the last lines say. */
function foundLines(results: StudyResults, analysis: Parameters<typeof headline>[1]): string {
  const { failures } = results;
  const failed =
    failures.length === 0
      ? ''
      : ` ${failures.length} failed: ${failures.map(({ student }) => student).join(', ')}; the same command tries again.`;
  return headline(results, analysis).summary + failed;
}
