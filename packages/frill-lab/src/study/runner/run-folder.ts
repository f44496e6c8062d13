/**
 * A study's folder. Everything is either whole or absent, records are only ever appended, and whoever is killed leaves a
 * folder from which the same command goes on.
 *
 *     run.json          what was asked; a folder holds one study
 *     content.json      what it was asked of: identities of tasks and teacher
 *     sessions.jsonl    each start and end of the command, and its signs of life
 *     log.txt           what the command said, with times
 *     stages.jsonl      stages that are done, with their times
 *     representations.jsonl, students.jsonl, failures.jsonl
 *     teacher/          our own teacher, if one was trained
 *     start/            the network that students begin with, if there is one
 *     students/<name>/  training (checkpoints, history, TensorBoard) and model.tflite
 *     forecasts.jsonl   what the students were expected to take, one record a session that made some
 *     now.json          what the students' stage is at, written every few seconds
 *     latency-rounds.jsonl   while latency is being measured
 *     latency.json, results.json, report/
 *     devices.jsonl     latencies of the same students on other devices
 *     devices/          while devices measure: the token of their address, and the rounds that they have sent
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError } from 'frill-audio';
import { z } from 'zod';
import { type LatencyReport, latencyReportSchema } from '../../bench/latency-report.js';
import { type RoundStore, roundRecordSchema } from '../../bench/round-store.js';
import { canonicalJson } from '../../run/content-name.js';
import { readJsonIfPresent } from '../../run/json-file.js';
import { appendRecord, readRecords } from '../../run/json-lines.js';
import { writeWhole } from '../../run/whole-file.js';
import { machineSchema } from '../machines/machine.js';
import {
  type DeviceLatency,
  deviceLatencySchema,
  failureSchema,
  type RepresentationRecord,
  representationSchema,
  type SessionSummary,
  type StageRecord,
  type StudentFailure,
  type StudentResult,
  stageSchema,
  studentResultSchema,
} from '../records.js';
import { type ForecastRecord, forecastRecordSchema } from './forecast/forecast-record.js';
import { readSessions, type SessionClock, startSession } from './sessions.js';
import { identityOf, type StudyOptions, studyOptionsSchema } from './study-options.js';

const runSchema = z.object({
  format: z.literal(1),
  command: z.string(),
  started: z.string(),
  options: studyOptionsSchema,
});

/** Names of contents; each is known from when the study first opened it. */
const contentSchema = z.object({
  /** Labels, splits and audio of the tasks and of what is learnt from. */
  tasks: z.string().optional(),
  teacher: z.string().optional(),
  /** The training of the network that students begin with. */
  start: z.string().optional(),
});

const nowSchema = z.object({
  at: z.string(),
  /** Students being made, and the part of each that is done, 0..1. */
  running: z.record(z.string(), z.object({ fraction: z.number(), note: z.string() })),
  secondsLeft: z.number(),
  /** Machines that help, and what each makes. */
  machines: z.array(machineSchema).optional(),
});

export type NowRecord = z.infer<typeof nowSchema>;
export type RunRecord = z.infer<typeof runSchema>;

const RUN = 'run.json';
const CONTENT = 'content.json';
const SESSIONS = 'sessions.jsonl';
const ROUNDS = 'latency-rounds.jsonl';
const DEVICES = 'devices.jsonl';

const CONTENT_TITLES = {
  tasks: 'the tasks (their labels, splits or audio)',
  teacher: 'the teacher (its file, or what it gives)',
  start: 'the network that students begin with',
} as const;

/** Remedies for damaged files that cannot simply be written again. */
const DAMAGED_REMEDIES: Readonly<Record<string, string>> = {
  [RUN]: 'Remove it, and give the command with the options of before: the folder goes on',
  [CONTENT]: 'Remove it, if tasks and teacher are those of before: the folder goes on',
};

export class RunFolder {
  constructor(readonly path: string) {}

  /**
   * Opens the folder for this study, new or again, and remembers which students are wanted now.
   * Throws InputError when it holds another.
   */
  static async open(path: string, command: string, options: StudyOptions): Promise<RunFolder> {
    const folder = new RunFolder(path);
    await mkdir(path, { recursive: true });
    const before = await folder.run();
    const isSame = before && canonicalJson(comparable(before.options)) === canonicalJson(comparable(options));
    if (before && !isSame && (await folder.#holdsWork()))
      throw new InputError({
        what: `this folder holds another study (${differences(before.options, options)})`,
        where: path,
        remedy: 'Choose another folder with --out, or give the same options to go on',
      });
    if (!isSame || before.options.students !== options.students) {
      const started = (isSame && before.started) || new Date().toISOString();
      const run: RunRecord = { format: 1, command, started, options };
      await writeWhole(folder.file(RUN), `${JSON.stringify(run, null, 2)}\n`);
    }
    return folder;
  }

  file(...below: string[]): string {
    return join(this.path, ...below);
  }

  studentFolder(name: string): string {
    return this.file('students', name);
  }

  /** What was asked at first; undefined in a folder without a study. */
  async run(): Promise<RunRecord | undefined> {
    return this.#json(RUN, (value) => runSchema.parse(value));
  }

  /**
   * Remembers what the study works on. Throws InputError when it is not what students were made of before: paths may be the same
   * when a label was corrected or another teacher took the place of the first.
   */
  async remember(what: keyof typeof CONTENT_TITLES, identity: string): Promise<void> {
    const before = (await this.#json(CONTENT, (value) => contentSchema.parse(value))) ?? {};
    if (before[what] === identity) return;
    if (before[what] !== undefined && (await this.#holdsWork()))
      throw new InputError({
        what: `${CONTENT_TITLES[what]} changed since this study began; results from before and after could not be compared`,
        where: this.path,
        remedy: 'Choose another folder with --out to start anew, or put back what was there to go on',
      });
    await this.writeJson(CONTENT, { ...before, [what]: identity });
  }

  students(): Promise<StudentResult[]> {
    return this.#records('students.jsonl', studentResultSchema);
  }

  addStudent(result: StudentResult): Promise<void> {
    return appendRecord(this.file('students.jsonl'), studentResultSchema.parse(result));
  }

  /** What the students' folders hold; undefined where they are elsewhere. */
  async studentsBytes(): Promise<number | undefined> {
    const names = await readdir(this.file('students'), { recursive: true }).catch(() => []);
    const sizes = names.map(async (name) => {
      const file = await stat(this.file('students', name)).catch(() => undefined);
      return file?.isFile() ? file.size : 0;
    });
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0) || undefined;
  }

  representations(): Promise<RepresentationRecord[]> {
    return this.#records('representations.jsonl', representationSchema);
  }

  addRepresentation(result: RepresentationRecord): Promise<void> {
    return appendRecord(this.file('representations.jsonl'), representationSchema.parse(result));
  }

  /** Failures that no later attempt has made good. */
  async failures(): Promise<StudentFailure[]> {
    const done = new Set((await this.students()).map(({ name }) => name));
    const all = await this.#records('failures.jsonl', failureSchema);
    const last = new Map(all.map((failure) => [failure.student, failure]));
    return [...last.values()].filter(({ student }) => !done.has(student));
  }

  addFailure(student: string, reason: string): Promise<void> {
    return appendRecord(this.file('failures.jsonl'), { student, reason, at: new Date().toISOString() });
  }

  stages(): Promise<StageRecord[]> {
    return this.#records('stages.jsonl', stageSchema);
  }

  addStage(stage: StageRecord): Promise<void> {
    return appendRecord(this.file('stages.jsonl'), stage);
  }

  async latency() {
    return this.#json('latency.json', (value) => latencyReportSchema.parse(value));
  }

  /** Store of the rounds of a latency measurement that is not finished. */
  async roundStore(): Promise<RoundStore> {
    const file = this.file(ROUNDS);
    const kept = await readRecords(file, (value) => roundRecordSchema.parse(value));
    return { kept, add: (record) => appendRecord(file, record) };
  }

  /** Keeps a finished measurement, whose rounds are in it. */
  async setLatency(latency: LatencyReport): Promise<void> {
    await this.writeJson('latency.json', latency);
    await rm(this.file(ROUNDS), { force: true });
  }

  /** Latencies on other devices, each device once: the newest. */
  async otherDevices(): Promise<DeviceLatency[]> {
    const all = await this.#records(DEVICES, deviceLatencySchema);
    return [...new Map(all.map((one) => [one.device, one])).values()];
  }

  addDevice(measured: DeviceLatency): Promise<void> {
    return appendRecord(this.file(DEVICES), measured);
  }

  addForecast(forecast: ForecastRecord): Promise<void> {
    return appendRecord(this.file('forecasts.jsonl'), forecast);
  }

  /** Oldest first. */
  forecasts(): Promise<ForecastRecord[]> {
    return this.#records('forecasts.jsonl', forecastRecordSchema);
  }

  /** What the students' stage was at when last heard of; undefined when it has not begun. */
  async now(): Promise<NowRecord | undefined> {
    return this.#json('now.json', (value) => nowSchema.parse(value));
  }

  /** A sign of life; losing one loses nothing, so a full disk is left to whoever writes results. */
  async writeNow(now: NowRecord): Promise<void> {
    await this.writeJson('now.json', now).catch(() => {});
  }

  async writeJson(name: string, value: unknown): Promise<void> {
    await writeWhole(this.file(name), `${JSON.stringify(value, null, 1)}\n`);
  }

  /** Every start of the command in this folder. */
  async sessions(): Promise<SessionSummary[]> {
    return readSessions(this.path, this.file(SESSIONS), await this.students());
  }

  startSession(): Promise<SessionClock> {
    return startSession(this.file(SESSIONS));
  }

  /** Whether anything was made here: a run that failed at its corpus or at opening its teacher left nothing to protect. */
  async #holdsWork(): Promise<boolean> {
    const made = (await this.stages()).some(({ name }) => name !== 'corpus');
    return made || existsSync(this.file('teacher')) || (await this.students()).length > 0;
  }

  /** Throws InputError that names what a record lacks, as those of earlier versions do. */
  #records<T>(name: string, schema: z.ZodType<T>): Promise<T[]> {
    const path = this.file(name);
    return readRecords(path, (value) => {
      const { success, data, error } = schema.safeParse(value);
      if (success) return data;
      const fields = new Set(
        error.issues.map((issue) => issue.path.filter((key) => typeof key === 'string').join('.')),
      );
      throw new InputError({
        what: `a record of this study is of another version of frill, or damaged (see ${[...fields].join(', ')})`,
        where: path,
        remedy: 'Choose another folder with --out, or go on with the version of frill that began this study',
        cause: error,
      });
    });
  }

  #json<T>(name: string, parse: (value: unknown) => T): Promise<T | undefined> {
    return readJsonIfPresent(this.file(name), parse, {
      what: 'this file of a study is damaged',
      remedy: DAMAGED_REMEDIES[name] ?? 'Remove it, and run the same command again: it is written anew',
    });
  }
}

/** A path may be spelt another way. */
function comparable(options: StudyOptions) {
  const identity = identityOf(options);
  return { ...identity, tasks: identity.tasks && resolve(identity.tasks) };
}

function differences(before: StudyOptions, now: StudyOptions): string {
  const [a, b] = [comparable(before), comparable(now)] as const;
  return Object.entries(a)
    .filter(([key, value]) => value !== Reflect.get(b, key))
    .map(([key, value]) => `${key} ${value} instead of ${Reflect.get(b, key)}`)
    .join(', ');
}
