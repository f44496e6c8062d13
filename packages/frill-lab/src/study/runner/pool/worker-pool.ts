/**
 * Jobs handed to worker processes, each to a new one: a job finds the memory that its trial found, and leaves nothing to the
 * next. Processes and not threads, because a training that runs out of memory or crashes in native code must take no other
 * with it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { HUGE_PAGES } from '../../../engine/ort/huge-pages.js';
import { DiskError } from '../../../run/disk-error.js';
import type { FromWorker, ToWorker } from './worker-side.js';

export interface Job {
  readonly name: string;
  /** What the worker gets; plain data. */
  readonly payload: unknown;
}

export interface PoolOptions {
  /** Module of the worker; it calls `serveJobs`. */
  readonly entry: URL;
  readonly workers: number;
  /** Jobs in the order in which they are started. */
  readonly jobs: readonly Job[];
  onStart?(name: string): void;
  /** Part of the job that is done, 0..1. */
  onProgress?(name: string, fraction: number, note: string): void;
  /** Lines for the record. */
  onSay?(line: string): void;
  /** Awaited before the worker gets its next job. */
  onDone(name: string, result: unknown): Promise<void>;
  onFailed(name: string, reason: string): Promise<void>;
  readonly signal?: AbortSignal;
}

/** How long a worker may take to save its state after a stop before it is killed. */
const GRACE_MS = 30_000;

/** A job's end: its result, why it failed, or what keeps all jobs from going on. */
type Outcome =
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'blocked'; readonly error: DiskError };

/**
 * Runs all jobs. Throws the signal's reason when stopped, and what `onDone` and `onFailed` throw; throws DiskError when a
 * worker has no room or right to write, which counts as no failure of its job. Before that every worker has saved its
 * state, as far as it can, and ended.
 */
export async function runJobs(options: PoolOptions): Promise<void> {
  const waiting = [...options.jobs];
  const halt = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, halt.signal]) : halt.signal;
  const lanes = Array.from({ length: Math.min(options.workers, waiting.length) }, () =>
    lane(waiting, { ...options, signal }).catch((error) => halt.abort(error)),
  );
  await Promise.all(lanes);
  signal.throwIfAborted();
}

/** One worker's share: takes jobs from the common list until it is empty. */
async function lane(waiting: Job[], options: PoolOptions & { readonly signal: AbortSignal }): Promise<void> {
  const { signal, onStart, onDone, onFailed } = options;
  for (let job = waiting.shift(); job && !signal.aborted; job = waiting.shift()) {
    onStart?.(job.name);
    const outcome = await inNewProcess(job, options);
    // A job that came to its end while the others were stopped is done all the same.
    if (outcome.kind === 'done') await onDone(job.name, outcome.result);
    else if (signal.aborted) return;
    else if (outcome.kind === 'blocked') throw outcome.error;
    else await onFailed(job.name, outcome.reason);
  }
}

/** One job from the start of its process to its end. */
async function inNewProcess(
  job: Job,
  options: PoolOptions & { readonly signal: AbortSignal },
): Promise<Outcome> {
  const { entry, signal } = options;
  const worker = fork(entry, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...HUGE_PAGES, ...process.env },
  });
  // Of a message that does not arrive after the answer; unheard, it would end this process.
  worker.on('error', () => {});
  const stop = () => {
    tell(worker, { kind: 'stop' });
    setTimeout(() => worker.kill('SIGKILL'), GRACE_MS).unref();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await work(worker, job, options);
  } finally {
    await ended(worker);
    signal.removeEventListener('abort', stop);
  }
}

/** The worker's answer; one that ends without has failed its job. */
function work(worker: ChildProcess, job: Job, { onProgress, onSay }: PoolOptions): Promise<Outcome> {
  return new Promise((resolve) => {
    const listen = (message: FromWorker) => {
      if (message.kind === 'progress') onProgress?.(job.name, message.fraction, message.note);
      else if (message.kind === 'say') onSay?.(`${job.name}: ${message.line}`);
      else if (message.kind === 'disk') settle({ kind: 'blocked', error: new DiskError(message.error) });
      else settle(message);
    };
    const end = (code: number | null, signal: NodeJS.Signals | null) =>
      settle({
        kind: 'failed',
        reason:
          signal === 'SIGKILL'
            ? 'the worker process was killed, perhaps for want of memory'
            : `the worker process ended unexpectedly (${signal ?? `exit code ${code}`})`,
      });
    // It could not be started, or not be reached: there may be no exit after this.
    const fail = (error: Error) =>
      settle({ kind: 'failed', reason: `the worker process broke: ${error.message}` });
    const settle = (outcome: Outcome) => {
      worker.off('message', listen);
      worker.off('exit', end);
      worker.off('error', fail);
      resolve(outcome);
    };
    worker.on('message', listen);
    worker.on('exit', end);
    worker.on('error', fail);
    tell(worker, { kind: 'job', payload: job.payload });
  });
}

function tell(worker: ChildProcess, message: ToWorker): void {
  if (worker.connected) worker.send(message);
}

/** Lets the worker go and waits until it is gone. */
function ended(worker: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (worker.exitCode !== null || worker.signalCode !== null) return resolve();
    worker.once('exit', () => resolve());
    if (worker.connected) worker.disconnect();
  });
}
