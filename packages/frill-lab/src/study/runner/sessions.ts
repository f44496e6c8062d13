/**
 * The sessions of a run: every start of its command, how long it lived, how it ended, and what it found and made. A session
 * ticks once a minute, so that its time is known even when it was killed; one that is killed writes no end.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { appendRecord, readRecords } from '../../run/json-lines.js';
import { folderOwner } from '../../run/lock.js';
import type { SessionSummary, StudentResult } from '../records.js';

const TICK_MS = 60_000;

/** How a session that could still speak says that it ended. */
const endSchema = z.enum(['finished', 'stopped', 'failed']);
export type SessionEnd = z.infer<typeof endSchema>;

/** A sign of life, appended to `sessions.jsonl`. */
const tickSchema = z.object({
  session: z.string(),
  at: z.string(),
  /** Alive until then. */
  seconds: z.number(),
  end: endSchema.optional(),
});

export interface SessionClock {
  /** A sign of life now; with `end`, what is written is final unless `stop` says otherwise. */
  tick(end?: SessionEnd): Promise<void>;
  stop(end: SessionEnd): Promise<void>;
}

/** Starts a session. A tick that cannot be written is lost: whoever writes results speaks of a full disk. */
export async function startSession(file: string): Promise<SessionClock> {
  const session = randomBytes(4).toString('hex');
  const began = performance.now();
  const tick = (end?: SessionEnd) => {
    const seconds = Math.round((performance.now() - began) / 1000);
    return appendRecord(file, { session, at: new Date().toISOString(), seconds, end }).catch(() => {});
  };
  await tick();
  const timer = setInterval(() => void tick(), TICK_MS);
  return {
    tick,
    async stop(end) {
      clearInterval(timer);
      await tick(end);
    },
  };
}

/** All sessions of a run's folder, oldest first, beside the students that were there at their start and that they made. */
export async function readSessions(
  folder: string,
  file: string,
  students: readonly StudentResult[],
): Promise<SessionSummary[]> {
  const ticks = await readRecords(file, (value) => tickSchema.parse(value));
  const bySession = new Map<string, z.infer<typeof tickSchema>[]>();
  for (const tick of ticks) bySession.set(tick.session, [...(bySession.get(tick.session) ?? []), tick]);
  const isLive = (await folderOwner(folder)) !== undefined;
  const made = students.map(({ finished }) => Date.parse(finished));
  const all = [...bySession.values()].map((own) => ({
    started: Date.parse(own[0].at) - 1000 * own[0].seconds,
    last: own[own.length - 1],
    end: own.findLast(({ end }) => end !== undefined)?.end,
  }));
  return all.map(({ started, last, end }, index) => {
    const next = all[index + 1]?.started ?? Number.POSITIVE_INFINITY;
    const before = made.filter((at) => at < started).length;
    return {
      started: new Date(started).toISOString(),
      lastSeen: last.at,
      seconds: last.seconds,
      end: end ?? (isLive && index === all.length - 1 ? 'running' : 'killed'),
      studentsBefore: before,
      studentsMade: made.filter((at) => at < next).length - before,
    };
  });
}
