/** The students' stage: forecast what it takes, then make every student that is not made yet, side by side. */
import { InputError } from 'frill-audio';
import { DEFAULT_PROTOCOL } from '../../../bench/latency-protocol.js';
import { protocolSeconds } from '../../../bench/timed-runs.js';
import { type StudentConfig, studentName } from '../../../models/student-config.js';
import { random } from '../../../tensor/random.js';
import { time } from '../../../text/format.js';
import { dealStudents } from '../../machines/deal-students.js';
import { studentResultSchema } from '../../records.js';
import type { StudyForecast } from '../forecast/forecast.js';
import { type Crew, crewFor, earlierForecast, makeForecast, WORKER } from '../forecast/make-forecast.js';
import type { MakeWork } from '../pool/student-work.js';
import { HEARTBEAT_MS, StudentsAtWork } from '../pool/students-at-work.js';
import { runJobs } from '../pool/worker-pool.js';
import type { StudentsStage } from './students-stage.js';

const GIB = 2 ** 30;

/** Makes what is missing. One that fails is recorded, tried again by the next session, and stops no other. */
export async function makeStudents(stage: StudentsStage): Promise<void> {
  const { session, options, students } = stage;
  const { folder, progress, signal } = session;
  const done = new Set((await folder.students()).map(({ name }) => name));
  const missing = students.filter((config) => !done.has(studentName(config)));
  if (missing.length < students.length)
    progress.say(`${students.length - missing.length} of ${students.length} students are there already`);
  if (missing.length === 0) return;

  const crew = crewFor(options.workers, students.length, missing.length);
  const forecast = await forecastOf(stage, missing, crew);
  // Shuffled: a study that is stopped has students of all kinds, and those left take as long as those done.
  const jobs = random(`${options.seed}/order`).shuffle(
    missing.map((config) => ({
      name: studentName(config),
      payload: work(stage, config, crew.threads, forecast),
    })),
  );
  const atWork = new StudentsAtWork(
    new Map(jobs.map(({ name }) => [name, forecast.secondsOf.get(name) ?? 0])),
    crew.workers,
  );
  const step = progress.start('students', Math.round(atWork.total), 'worker-seconds');
  const show = () => step.advance(Math.round(atWork.worked), String(atWork));
  const heartbeat = setInterval(() => void folder.writeNow(atWork.now()), HEARTBEAT_MS);
  const handlers = {
    onProgress(name: string, fraction: number, note: string) {
      atWork.move(name, fraction, note);
      show();
    },
    onSay: (line: string) => progress.say(line),
    async onDone(name: string, result: unknown) {
      await folder.addStudent(studentResultSchema.parse(result));
      atWork.end(name, 'made');
      show();
    },
    async onFailed(name: string, reason: string) {
      await folder.addFailure(name, reason);
      atWork.end(name, 'failed');
      progress.say(`${name} failed, the others go on: ${reason.split('\n')[0]}`);
    },
  };
  try {
    if (options.queue === undefined)
      await runJobs({
        ...handlers,
        entry: WORKER,
        workers: crew.workers,
        jobs,
        signal,
        onStart: (name) => atWork.move(name, 0, ''),
      });
    else
      await dealStudents(
        { ...stage, queue: options.queue },
        jobs.map(({ payload }) => payload),
        { ...handlers, onMachines: (machines) => atWork.helpedBy(machines) },
      );
  } finally {
    clearInterval(heartbeat);
    await folder.writeNow(atWork.now());
  }
  step.finish(`${atWork.made} of ${jobs.length} students`);
  const failures = await folder.failures();
  if ((await folder.students()).length === 0 && failures.length > 0)
    throw new InputError({
      what: `none of ${students.length} students could be made: ${failures[0].reason.split('\n')[0]}`,
      where: folder.path,
      remedy: 'What is there is kept; the same command tries again',
    });
}

/** What the students will take, said and kept; the forecast of an earlier session, where there is one. */
async function forecastOf(
  stage: StudentsStage,
  missing: readonly StudentConfig[],
  crew: Crew,
): Promise<StudyForecast> {
  const { folder, progress } = stage.session;
  const { workers } = crew;
  const known = earlierForecast(await folder.forecasts(), await folder.students(), missing, workers);
  const forecast = known ?? (await makeForecast(stage, missing, crew));
  const { seconds, diskBytes, memoryBytes, freeBytes, secondsOf, partsOf } = forecast;
  const latency = latencySeconds(stage, partsOf);
  progress.say(
    `${known ? 'by the earlier forecast, ' : ''}${missing.length} students: about ${time(seconds)} with ${workers} worker${workers > 1 ? 's' : ''}, ` +
      `${(diskBytes / GIB).toFixed(1)} GiB of disk, ${(memoryBytes / GIB).toFixed(1)} GiB of memory` +
      `${latency > 0 ? `; then about ${time(latency)} to measure latency` : ''}`,
  );
  if (memoryBytes > freeBytes)
    progress.say(
      `that is more than the ${(freeBytes / GIB).toFixed(1)} GiB of memory that are free; consider fewer --workers`,
    );
  if (!known)
    await folder.addForecast({
      at: new Date().toISOString(),
      workers,
      seconds,
      diskBytes,
      memoryBytes,
      secondsOf: Object.fromEntries(secondsOf),
      partsOf: Object.fromEntries(partsOf),
    });
  return forecast;
}

/**
 * What measuring the latency of all students takes, when they are made; 0 where it is not known. Embedding a clip stands for one
 * inference: it is a window or two, and reading the audio.
 */
function latencySeconds(
  { options, students, evaluationClips }: StudentsStage,
  partsOf: StudyForecast['partsOf'],
): number {
  const protocol = { ...DEFAULT_PROTOCOL, rounds: options.rounds };
  const each = [...partsOf.values()].map(({ embed }) => protocolSeconds(protocol, embed / evaluationClips));
  if (each.length === 0) return 0;
  // From log-mel and from audio.
  return (2 * students.length * each.reduce((sum, seconds) => sum + seconds, 0)) / each.length;
}

function work(
  { session, options, tasksFile, data }: StudentsStage,
  config: StudentConfig,
  threads: number,
  { partsOf }: StudyForecast,
) {
  const { train, embed, probes } = partsOf.get(studentName(config)) ?? { train: 7, embed: 2, probes: 1 };
  const all = train + embed + probes;
  const make: MakeWork = {
    kind: 'make',
    folder: session.folder.path,
    options,
    tasksFile,
    data,
    config,
    threads,
    marks: [train / all, (train + embed) / all],
  };
  return make;
}
