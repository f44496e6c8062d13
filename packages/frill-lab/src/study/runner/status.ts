/** Where a study stands, whether it is running, stopped or finished; and which of several is meant when none is named. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from 'frill-audio';
import { studentName } from '../../models/student-config.js';
import { folderOwner } from '../../run/lock.js';
import { chooseStudents } from '../grid.js';
import type { MachineRecord } from '../machines/machine.js';
import type { StudentFailure } from '../records.js';
import { HEARTBEAT_MS } from './pool/students-at-work.js';
import { RunFolder } from './run-folder.js';

/** A student that is being made, or was when the run stopped. */
export interface PartlyMade {
  readonly name: string;
  /** Part that is done, 0..1. */
  readonly fraction: number;
  readonly note: string;
}

export interface StudyStatus {
  readonly folder: string;
  readonly state: 'running' | 'stopped' | 'finished';
  /** How it was called; the same command goes on. */
  readonly command: string;
  /** Stages that are done, in their order. */
  readonly stages: readonly string[];
  readonly done: readonly string[];
  readonly running: readonly PartlyMade[];
  /** Begun by a run that stopped. */
  readonly stopped: readonly PartlyMade[];
  readonly failures: readonly StudentFailure[];
  readonly waiting: readonly string[];
  /** Other machines that help, and what each makes. */
  readonly machines: readonly MachineRecord[];
  /** Seconds that the students' stage still takes; undefined when it is not running. */
  readonly secondsLeft: number | undefined;
  /** Where latency is being measured, or was when the run stopped: measurements made, and about how many there will be. */
  readonly latency: { readonly made: number; readonly of: number } | undefined;
}

/** Reads the state of the study in `path`. Throws InputError where there is none. */
export async function studyStatus(path: string): Promise<StudyStatus> {
  const folder = new RunFolder(path);
  const run = await folder.run();
  if (!run) throw noStudy(path);
  const isAlive = (await folderOwner(path)) !== undefined;
  const done = (await folder.students()).map(({ name }) => name);
  const now = await folder.now();
  // A live process may still be at an earlier stage; then what now.json says is from a session before.
  const isNow = isAlive && now !== undefined && Date.now() - Date.parse(now.at) < 4 * HEARTBEAT_MS;
  const begun = Object.entries(now?.running ?? {}).flatMap(([name, at]) =>
    done.includes(name) ? [] : [{ name, ...at }],
  );
  const names = new Set(begun.map(({ name }) => name));
  const failures = (await folder.failures()).filter(({ student }) => !names.has(student));
  const known = new Set([...done, ...names, ...failures.map(({ student }) => student)]);
  const waiting = chooseStudents(run.options.students ?? 'builtin')
    .map(studentName)
    .filter((name) => !known.has(name));
  const measured = new Set((await folder.latency())?.models.map(({ name }) => name));
  const isFinished =
    waiting.length + begun.length + failures.length === 0 && done.every((name) => measured.has(name));
  const made = (await folder.roundStore()).kept.length;
  return {
    folder: path,
    state: isAlive ? 'running' : isFinished ? 'finished' : 'stopped',
    command: run.command,
    stages: [...new Set((await folder.stages()).map(({ name }) => name))],
    done,
    running: isNow ? begun : [],
    stopped: isNow ? [] : begun,
    failures,
    waiting,
    machines: isNow ? (now.machines ?? []) : [],
    secondsLeft: isNow && begun.length > 0 ? now.secondsLeft : undefined,
    // From log-mel and from audio; the teacher and what is measured twice are a few more.
    latency: made > 0 ? { made, of: 2 * done.length * run.options.rounds } : undefined,
  };
}

/**
 * The run meant when none is named: among those in `below` the one used last that has results. `live` prefers one that is
 * running. Throws InputError when there is none.
 */
export async function newestRun(prefer: 'live' | 'results', below = 'runs'): Promise<string> {
  const found = [];
  for (const name of await readdir(below).catch(() => [])) {
    const path = join(below, name);
    const used = await timeOf(path, 'sessions.jsonl');
    if (used === undefined) continue;
    const hasResults =
      ((await timeOf(path, 'students.jsonl')) ?? (await timeOf(path, 'representations.jsonl'))) !== undefined;
    const isLive = prefer === 'live' && (await folderOwner(path)) !== undefined;
    found.push({ path, used, rank: isLive ? 2 : hasResults ? 1 : 0 });
  }
  const newest = found.sort((a, b) => b.rank - a.rank || b.used - a.used)[0];
  if (!newest) throw noStudy(below);
  return newest.path;
}

/** When a file of a run was changed; undefined where it is absent. */
async function timeOf(folder: string, file: string): Promise<number | undefined> {
  return (await stat(join(folder, file)).catch(() => undefined))?.mtimeMs;
}

function noStudy(where: string): InputError {
  return new InputError({
    what: 'there is no study here',
    where,
    remedy: 'Start one with frill study run, or name its folder with --out',
  });
}
