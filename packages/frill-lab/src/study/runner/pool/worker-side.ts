/**
 * The worker's end of the pool. A worker works while its parent lives: when the parent ends, however it ends, the channel
 * closes and the worker stops at its next checkpoint.
 */
import { setTimeout } from 'node:timers/promises';
import { type ErrorDetails, FrillError } from 'frill-audio';
import { DiskError, diskError } from '../../../run/disk-error.js';
import { folderOwner } from '../../../run/lock.js';
import type { Progress } from '../../../run/progress.js';

export type ToWorker =
  | { readonly kind: 'job'; readonly payload: unknown }
  /** Save what must be saved and end. */
  | { readonly kind: 'stop' };

export type FromWorker =
  | { readonly kind: 'progress'; readonly fraction: number; readonly note: string }
  | { readonly kind: 'say'; readonly line: string }
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly reason: string }
  /** Failed for want of room or rights on the disk, which all jobs share. */
  | { readonly kind: 'disk'; readonly error: Omit<ErrorDetails, 'cause'> };

export interface JobContext {
  /** Reports the share of the job that is done, 0..1. */
  report(fraction: number, note: string): void;
  say(line: string): void;
  readonly signal: AbortSignal;
}

/** Least milliseconds between two messages of progress to the parent. */
const REPORT_EVERY_MS = 200;

/** Time that a worker without a parent has to save its state. */
const ORPHAN_MS = 3000;

/** Waits for the worker of a session that was killed, if it is still saving its state in this folder. */
export async function orphanGone(folder: string): Promise<void> {
  const patience = performance.now() + 2 * ORPHAN_MS;
  while ((await folderOwner(folder)) !== undefined && performance.now() < patience) await setTimeout(100);
}

/** Serves jobs until the parent lets go. */
export function serveJobs(run: (payload: unknown, context: JobContext) => Promise<unknown>): void {
  const stopping = new AbortController();
  let reported = 0;
  let isBusy = false;
  const send = (message: FromWorker) => {
    // Without a callback, a parent that has just been killed would be an uncaught error here.
    if (process.connected) process.send?.(message, undefined, undefined, () => {});
  };
  const stop = () => {
    stopping.abort();
    if (!isBusy) process.exit(0);
  };
  // Ctrl-C reaches the whole process group; the parent decides what it means.
  process.on('SIGINT', () => {});
  process.on('disconnect', () => {
    stop();
    // The parent is gone and its folder may be taken up again at any moment.
    void setTimeout(ORPHAN_MS, undefined, { ref: false }).then(() => process.exit(1));
  });
  process.on('message', async (message: ToWorker) => {
    if (message.kind === 'stop') return stop();
    isBusy = true;
    try {
      const result = await run(message.payload, {
        signal: stopping.signal,
        say: (line) => send({ kind: 'say', line }),
        report(fraction, note) {
          const now = performance.now();
          if (now - reported < REPORT_EVERY_MS) return;
          reported = now;
          send({ kind: 'progress', fraction, note });
        },
      });
      send({ kind: 'done', result });
    } catch (error) {
      send(answerTo(error));
    }
    isBusy = false;
    if (stopping.signal.aborted) process.exit(0);
  });
}

/** What the parent is told of an error. */
export function answerTo(error: unknown): FromWorker {
  if (!(error instanceof DiskError)) return { kind: 'failed', reason: reasonOf(error) };
  const { what, where, remedy } = error;
  return { kind: 'disk', error: { what, where, remedy } };
}

/** An expected error speaks for itself; an unexpected one needs its place. */
function reasonOf(caught: unknown): string {
  const error = diskError(caught) ?? caught;
  if (error instanceof FrillError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Progress of the steps inside a job: the first leads from `marks[0]` to `marks[1]` (shares of the job, 0..1), and so on. */
export function stepsOfJob({ report, say }: JobContext, marks: readonly number[]): Progress {
  let place = 0;
  return {
    start: (title, total) => {
      const start = marks[Math.min(place, marks.length - 2)];
      const end = marks[Math.min(place, marks.length - 2) + 1];
      place++;
      return {
        advance: (done, note) =>
          report(start + (end - start) * Math.min(1, done / Math.max(1, total)), note ?? title),
        finish: () => {},
      };
    },
    say,
  };
}
