/**
 * A study's folder. Everything is either whole or absent, records are only ever appended, and whoever is killed leaves a
 * folder from which the same command goes on.
 *
 *     run.json          what was asked; a folder holds one study
 *     sessions.jsonl    each start and end of the command
 *     stages.jsonl      stages that are done, with their times
 *     representations.jsonl, students.jsonl, failures.jsonl
 *     teacher/          our own teacher, if one was trained
 *     students/<name>/  training (checkpoints, history, TensorBoard) and model.tflite
 *     now.json          what the students' stage is at, written every few seconds
 *     latency.json, results.json, report/
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from 'frill';
import { z } from 'zod';
import { latencyReportSchema } from '../../bench/latency.js';
import { canonicalJson } from '../../run/content-name.js';
import { appendRecord, readRecords } from '../../run/json-lines.js';
import { writeWhole } from '../../run/whole-file.js';
import {
  failureSchema,
  type RepresentationResult,
  representationSchema,
  type StageRecord,
  type StudentFailure,
  type StudentResult,
  stageSchema,
  studentResultSchema,
} from '../records.js';
import { identityOf, type StudyOptions, studyOptionsSchema } from './study-options.js';

const runSchema = z.object({
  format: z.literal(1),
  command: z.string(),
  started: z.string(),
  options: studyOptionsSchema,
});

const sessionSchema = z.object({
  session: z.string(),
  at: z.string(),
  /** Alive until then; written every minute and at the end. */
  seconds: z.number(),
});

const nowSchema = z.object({
  at: z.string(),
  /** Students being made, and the part of each that is done, 0..1. */
  running: z.record(z.string(), z.object({ fraction: z.number(), note: z.string() })),
  secondsLeft: z.number(),
});

export type NowRecord = z.infer<typeof nowSchema>;
export type RunRecord = z.infer<typeof runSchema>;

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
    const isSame = before && canonicalJson(identityOf(before.options)) === canonicalJson(identityOf(options));
    if (before && !isSame && (await folder.#holdsWork()))
      throw new InputError({
        what: `this folder holds another study (${differences(before.options, options)})`,
        where: path,
        remedy: 'Choose another folder with --out, or give the same options to go on',
      });
    if (!isSame || before.options.students !== options.students) {
      const started = (isSame && before.started) || new Date().toISOString();
      const run: RunRecord = { format: 1, command, started, options };
      await writeWhole(folder.file('run.json'), `${JSON.stringify(run, null, 2)}\n`);
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
    return this.#json('run.json', (value) => runSchema.parse(value));
  }

  students(): Promise<StudentResult[]> {
    return readRecords(this.file('students.jsonl'), (value) => studentResultSchema.parse(value));
  }

  addStudent(result: StudentResult): Promise<void> {
    return appendRecord(this.file('students.jsonl'), studentResultSchema.parse(result));
  }

  representations(): Promise<RepresentationResult[]> {
    return readRecords(this.file('representations.jsonl'), (value) => representationSchema.parse(value));
  }

  addRepresentation(result: RepresentationResult): Promise<void> {
    return appendRecord(this.file('representations.jsonl'), representationSchema.parse(result));
  }

  /** Failures that no later attempt has made good. */
  async failures(): Promise<StudentFailure[]> {
    const done = new Set((await this.students()).map(({ name }) => name));
    const all = await readRecords(this.file('failures.jsonl'), (value) => failureSchema.parse(value));
    const last = new Map(all.map((failure) => [failure.student, failure]));
    return [...last.values()].filter(({ student }) => !done.has(student));
  }

  addFailure(student: string, reason: string): Promise<void> {
    return appendRecord(this.file('failures.jsonl'), { student, reason, at: new Date().toISOString() });
  }

  stages(): Promise<StageRecord[]> {
    return readRecords(this.file('stages.jsonl'), (value) => stageSchema.parse(value));
  }

  addStage(stage: StageRecord): Promise<void> {
    return appendRecord(this.file('stages.jsonl'), stage);
  }

  async latency() {
    return this.#json('latency.json', (value) => latencyReportSchema.parse(value));
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

  /** Says that this session has lived for so long. */
  addSession(session: string, seconds: number): Promise<void> {
    return appendRecord(this.file('sessions.jsonl'), { session, at: new Date().toISOString(), seconds });
  }

  /** Number of sessions and the time they took together. */
  async sessions(): Promise<{ readonly count: number; readonly seconds: number }> {
    const records = await readRecords(this.file('sessions.jsonl'), (value) => sessionSchema.parse(value));
    const longest = new Map<string, number>();
    for (const { session, seconds } of records)
      longest.set(session, Math.max(seconds, longest.get(session) ?? 0));
    return { count: longest.size, seconds: [...longest.values()].reduce((sum, value) => sum + value, 0) };
  }

  /** Whether anything was made here: a run that failed at its corpus or at opening its teacher left nothing to protect. */
  async #holdsWork(): Promise<boolean> {
    const made = (await this.stages()).some(({ name }) => name !== 'corpus');
    return made || existsSync(this.file('teacher')) || (await this.students()).length > 0;
  }

  async #json<T>(name: string, parse: (value: unknown) => T): Promise<T | undefined> {
    let text: string;
    try {
      text = await readFile(this.file(name), 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
    return parse(JSON.parse(text));
  }
}

function differences(before: StudyOptions, now: StudyOptions): string {
  const [a, b] = [identityOf(before), identityOf(now)] as const;
  return Object.entries(a)
    .filter(([key, value]) => value !== Reflect.get(b, key))
    .map(([key, value]) => `${key} ${value} instead of ${Reflect.get(b, key)}`)
    .join(', ');
}
