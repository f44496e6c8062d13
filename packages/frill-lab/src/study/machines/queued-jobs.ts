/**
 * Jobs handed to a queue instead of to processes of this machine: the same promises as the pool's, kept over machines that come
 * and go. The queue is asked once a second, so that a connection that was away, or a Redis that was started again, costs no
 * more than the time it was away.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { InputError } from 'frill-audio';
import { z } from 'zod';
import { closeQueue, type JobQueue, type MachineList, openMachineList, openQueue } from './job-queue.js';
import type { QueuedJob } from './jobs.js';
import type { MachineRecord } from './machine.js';

export interface QueuedJobs {
  /** `redis://HOST`. */
  readonly queue: string;
  readonly study: string;
  readonly jobs: readonly { readonly name: string; readonly payload: QueuedJob }[];
  /** Whether what a finished job has made is on this machine: one of a run that was removed since does not count. */
  isHere(name: string): boolean;
  /** Called when all jobs are queued: a machine that comes now finds work, and not a queue whose work is over. */
  onQueued(): Promise<void>;
  onProgress(name: string, fraction: number, note: string): void;
  onSay(line: string): void;
  /** Called once a job, however many machines finished it. */
  onDone(name: string, result: unknown): Promise<void>;
  onFailed(name: string, reason: string): Promise<void>;
  /** The machines heard of lately. */
  onMachines(machines: readonly MachineRecord[]): void;
  readonly signal?: AbortSignal;
}

const ASK_EVERY_MS = 1000;
/** A machine silent for so long is gone. */
export const SILENT_MS = 60_000;

const progressSchema = z.object({ fraction: z.number(), note: z.string() });

/** Queues all jobs and waits for them. Throws the signal's reason when stopped: what is queued stays, and machines go on with it. */
export async function runQueuedJobs(options: QueuedJobs): Promise<void> {
  const { jobs, study, signal } = options;
  const queue = openQueue(options.queue, study);
  let machines: MachineList | undefined;
  try {
    await reach(queue, options.queue);
    const list = openMachineList(options.queue, study);
    machines = list;
    const open = new Set(jobs.map(({ name }) => name));
    for (const { name, payload } of jobs) await enqueue(queue, name, payload, options);
    await options.onQueued();
    let isAway = false;
    while (open.size > 0) {
      signal?.throwIfAborted();
      try {
        await collect(queue, open, options);
        options.onMachines(await lately(list));
        if (isAway) options.onSay('the queue is back');
        isAway = false;
      } catch (error) {
        if (!isConnectionError(error)) throw error;
        if (!isAway) options.onSay('the queue is away; waiting for it');
        isAway = true;
      }
      await sleep(ASK_EVERY_MS, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
    }
  } finally {
    machines?.close();
    await closeQueue(queue).catch(() => {});
  }
}

/** A second job of a name is not queued. What failed in an earlier session is tried again. */
async function enqueue(
  queue: JobQueue,
  name: string,
  payload: QueuedJob,
  { isHere }: Pick<QueuedJobs, 'isHere'>,
): Promise<void> {
  let before = await queue.getJob(name);
  if (before && (await before.isCompleted()) && !isHere(name)) {
    await before.remove();
    before = undefined;
  }
  if (before && (await before.isFailed())) await before.retry();
  else if (!before) await queue.add(payload.kind, payload, { jobId: name, attempts: 1 });
}

/** Takes what is finished; each job leaves `open` before anything is told of it. */
async function collect(queue: JobQueue, open: Set<string>, options: QueuedJobs): Promise<void> {
  for (const name of [...open]) {
    const job = await queue.getJob(name);
    // Redis was started again without its data: the job is queued once more; a student goes on from its checkpoint.
    if (!job) {
      const lost = options.jobs.find((one) => one.name === name);
      if (lost) await enqueue(queue, name, lost.payload, options);
      continue;
    }
    if (job.finishedOn === undefined) {
      const { success, data } = progressSchema.safeParse(job.progress);
      if (success && job.processedOn !== undefined) options.onProgress(name, data.fraction, data.note);
      continue;
    }
    open.delete(name);
    if (job.failedReason) await options.onFailed(name, job.failedReason);
    else await options.onDone(name, job.returnvalue);
  }
}

/** The machines that gave a sign of life lately. */
async function lately(list: MachineList): Promise<MachineRecord[]> {
  return (await list.read()).filter(({ at }) => Date.now() - Date.parse(at) < SILENT_MS);
}

/** Throws InputError where there is no Redis, or one that lets nobody in, instead of waiting for ever. */
async function reach(queue: JobQueue, address: string): Promise<void> {
  let heard: unknown;
  queue.on('error', (error) => {
    heard = error;
  });
  const answered = queue.waitUntilReady().then(
    () => 'there' as const,
    (error: unknown) => error,
  );
  const found = await Promise.race([answered, sleep(10_000, 'late' as const)]);
  if (found === 'there') return;
  const cause = heard ?? found;
  throw new InputError({ ...whyUnreached(String(cause)), where: withoutPassword(address), cause });
}

function whyUnreached(said: string): { readonly what: string; readonly remedy: string } {
  if (/WRONGPASS|NOAUTH|AUTH/.test(said))
    return {
      what: 'the Redis server refuses the password',
      remedy: 'Write it into --queue: redis://:PASSWORD@HOST',
    };
  if (/certificate|CERT/.test(said))
    return {
      what: 'the certificate of the Redis server is not trusted',
      remedy: 'Name the file of its authority in the environment variable NODE_EXTRA_CA_CERTS',
    };
  return {
    what: 'no Redis server answers',
    remedy: 'Start one (redis-server), or correct --queue; rediss:// is for TLS',
  };
}

/** Address of a queue for messages, without its password. */
export function withoutPassword(address: string): string {
  return address.replace(/\/\/[^@/]*@/, '//…@');
}

function isConnectionError(error: unknown): boolean {
  return (
    error instanceof Error &&
    /Connection is closed|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE|Stream isn't writeable|LOADING/i.test(
      error.message,
    )
  );
}
