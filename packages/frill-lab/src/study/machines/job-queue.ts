/**
 * The queue between a study and the machines that help with it: BullMQ on Redis, one queue a study, one job a student, a model to
 * evaluate, or a range of a teacher's values. The queue gives a job out at least once: one whose machine died or was cut off is given to
 * another. That it counts once is seen to by whoever writes the results.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue, Worker } from 'bullmq';
import { InputError } from 'frill-audio';
import { Redis } from 'ioredis';
import type { QueuedJob } from './jobs.js';
import { type MachineRecord, machineSchema } from './machine.js';

/** A machine that says nothing for so long has lost its job: another gets it. */
const LOCK_MS = 15_000;
const ANSWER_MS = 2000;

/** `redis://[:password@]host[:port][/db]`, or `rediss://` for TLS. Throws InputError for anything else. */
export function connectionTo(address: string) {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !['redis:', 'rediss:'].includes(url.protocol))
    throw new InputError({
      what: `'${address}' is no address of a Redis server`,
      where: '--queue',
      remedy:
        'Write redis://HOST:6379, with redis://:PASSWORD@HOST where it asks for one, or rediss:// for TLS',
    });
  return {
    host: url.hostname,
    port: Number(url.port || 6379),
    ...(url.username ? { username: decodeURIComponent(url.username) } : {}),
    ...(url.password ? { password: decodeURIComponent(url.password) } : {}),
    ...(url.pathname.length > 1 ? { db: Number(url.pathname.slice(1)) } : {}),
    ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
    // Blocking commands wait as long as it takes; BullMQ demands it.
    maxRetriesPerRequest: null,
  };
}

export type JobQueue = Queue<QueuedJob, unknown>;

export function openQueue(address: string, study: string): JobQueue {
  const queue: JobQueue = new Queue(queueName(study), { connection: connectionTo(address) });
  // Heard by nobody it would end the process; the commands that fail say it themselves.
  queue.on('error', () => {});
  return queue;
}

/** Whether Redis answers within a moment. Its commands wait as long as it is away. */
export function isThere(queue: JobQueue): Promise<boolean> {
  const answered = queue.getJobCounts('active').then(
    () => true,
    () => false,
  );
  return Promise.race([answered, sleep(ANSWER_MS, false)]);
}

/** Closes a queue, also where Redis is away and would not take leave of it. */
export async function closeQueue(queue: JobQueue): Promise<void> {
  if (await isThere(queue)) await queue.close();
  else void queue.disconnect().catch(() => {});
}

/**
 * Takes jobs until it is closed. `make` gets a signal that is aborted when the job was given to another machine, because this one was
 * cut off for too long.
 */
export function openQueueWorker(
  address: string,
  study: string,
  workers: number,
  make: (job: QueuedJob, report: (progress: object) => void, lost: AbortSignal) => Promise<unknown>,
): Worker<QueuedJob, unknown> {
  const lost = new Map<string, AbortController>();
  const worker = new Worker<QueuedJob, unknown>(
    queueName(study),
    async (job) => {
      const losing = new AbortController();
      lost.set(job.id ?? '', losing);
      const report = (progress: object) => void job.updateProgress(progress).catch(() => {});
      try {
        return await make(job.data, report, losing.signal);
      } finally {
        lost.delete(job.id ?? '');
      }
    },
    {
      connection: connectionTo(address),
      concurrency: workers,
      lockDuration: LOCK_MS,
      stalledInterval: LOCK_MS / 3,
      // A job may meet many machines that go away; only its own error is a failure.
      maxStalledCount: 1000,
      autorun: false,
    },
  );
  worker.on('lockRenewalFailed', (jobs: string[]) => {
    for (const id of jobs) lost.get(id)?.abort(new Error('the job was given to another machine'));
  });
  return worker;
}

function queueName(study: string): string {
  return `frill-${study}`;
}

/** The list of machines: a hash in Redis that each writes itself into. */
export function openMachineList(address: string, study: string) {
  const redis = new Redis(connectionTo(address));
  redis.on('error', () => {});
  const key = `frill:${study}:machines`;
  return {
    async write(record: MachineRecord): Promise<void> {
      await redis.hset(key, record.machine, JSON.stringify(record));
    },
    async remove(machine: string): Promise<void> {
      await redis.hdel(key, machine);
    },
    async read(): Promise<MachineRecord[]> {
      const all = await redis.hgetall(key);
      return Object.values(all).map((text) => machineSchema.parse(JSON.parse(text)));
    },
    close: () => redis.disconnect(),
  };
}

export type MachineList = ReturnType<typeof openMachineList>;
