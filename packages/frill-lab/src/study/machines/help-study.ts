/**
 * A machine that helps with a study: fetches what the study works on, once, and does jobs from the queue until it is stopped: makes
 * students, asks a teacher, evaluates models. Each job is done in a process of its own, as on the study's own machine. A student's
 * checkpoints are sent back as they are written, so that another machine goes on from them when this one goes away.
 */
import { once } from 'node:events';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InputError } from 'frill-audio';
import { providerOf } from '../../engine/ort/provider.js';
import { lockFolder } from '../../run/lock.js';
import { type Progress, silent } from '../../run/progress.js';
import { WORKER } from '../runner/forecast/make-forecast.js';
import { runJobs } from '../runner/pool/worker-pool.js';
import {
  closeQueue,
  isThere,
  type JobQueue,
  openMachineList,
  openQueue,
  openQueueWorker,
} from './job-queue.js';
import { jobName, needsOf, type QueuedJob } from './jobs.js';
import type { MachineRecord } from './machine.js';
import { placeOf } from './made-files.js';
import { TASKS_PLACE } from './packed-tasks.js';
import type { Parcel } from './parcel.js';
import {
  type FileSource,
  fetchFiles,
  fetchMade,
  fetchParcel,
  nextParcel,
  sendMade,
  shown,
} from './transfer.js';

export interface HelpOptions {
  /** `redis://HOST` */
  readonly queue: string;
  /** Address of the study's file server, its token included; or the folder of its run, where that is shared. */
  readonly from: string;
  /** Where this machine keeps what it fetched and made. */
  readonly folder: string;
  /** Jobs done side by side. */
  readonly workers: number;
  /** Leave when no job is waiting or being done, instead of waiting for more. */
  readonly untilDone: boolean;
  /** Version of this laboratory. */
  readonly version: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

const HEARTBEAT_MS = 5000;
const SEND_EVERY_MS = 3000;
const ASK_EVERY_MS = 2000;
/** Time to send the last checkpoint back after a stop. */
const PARTING_MS = 30_000;

/**
 * Works until `signal`, or with `untilDone` until no job is left, also where that happens before this machine has all files. Where
 * another piece of work follows, it waits for that. Throws InputError for another version, a device that this machine lacks, or an
 * address that is no study's.
 */
export async function helpStudy(options: HelpOptions): Promise<void> {
  const { version, progress, signal } = options;
  const source: FileSource = { from: options.from.replace(/\/$/, ''), signal };
  let parcel = await fetchParcel(source);
  for (;;) {
    if (parcel.version !== version)
      throw new InputError({
        what: `the study is made by frill ${parcel.version}, and this is ${version}`,
        where: shown(source),
        remedy: 'Install the same version on all machines: others give other students',
      });
    await providerOf(parcel.device);
    const end = await helpWith(parcel, { ...options, from: source.from });
    if (end === 'over' && !parcel.follows) progress.say('no work is left');
    if (end === 'stopped' || !parcel.follows) return;
    progress.say('waiting for what follows');
    parcel = await nextParcel(source, parcel.study);
  }
}

/** Helps with one piece of work, until it is over or this machine is stopped. */
async function helpWith(parcel: Parcel, options: HelpOptions): Promise<'over' | 'stopped'> {
  const { from, folder, untilDone, progress, signal } = options;
  const home = join(folder, parcel.study);
  const release = await lockFolder(home);
  const queue = openQueue(options.queue, parcel.study);
  const over = new AbortController();
  const leave = AbortSignal.any([signal, over.signal]);
  if (untilDone || parcel.follows)
    void whenOver(queue, leave).then(
      () => over.abort(),
      () => {},
    );
  try {
    const source = { from, signal, study: parcel.study };
    const always = parcel.files.filter(({ asked }) => asked === undefined);
    await fetchFiles({ ...source, signal: leave }, always, home, progress);
    await takeJobs(options, queue, { source, parcel, home, leave });
  } catch (error) {
    // The study's machine serves no longer when its last job is done: then nothing is missing.
    if (!over.signal.aborted) throw error;
  } finally {
    await closeQueue(queue);
    await release();
  }
  return over.signal.aborted ? 'over' : 'stopped';
}

/** Does jobs, `workers` side by side, until `leave`; those that are begun then are done to their end, unless `signal` stops them. */
async function takeJobs(
  { queue: address, workers, version, progress, signal }: HelpOptions,
  queue: JobQueue,
  {
    source,
    parcel,
    home,
    leave,
  }: {
    readonly source: FileSource & { study: string };
    readonly parcel: Parcel;
    readonly home: string;
    readonly leave: AbortSignal;
  },
): Promise<void> {
  const { study } = source;
  const running = new Map<string, MachineRecord['running'][string]>();
  // One after the other: two jobs may need one file.
  let fetching = Promise.resolve();
  const fetchNeeds = (needs: readonly string[], signal: AbortSignal): Promise<void> => {
    if (needs.length === 0) return Promise.resolve();
    const wanted = new Set(needs);
    const files = parcel.files.filter(({ place }) => wanted.has(place));
    const fetched = fetching.then(() => fetchFiles({ ...source, signal }, files, home, silent));
    fetching = fetched.catch(() => {});
    return fetched;
  };
  const worker = openQueueWorker(address, study, workers, async (job, report, lost) => {
    const name = jobName(job);
    running.set(name, { fraction: 0, note: 'begun' });
    progress.say(`${name}: begun`);
    try {
      await fetchNeeds(needsOf(job), AbortSignal.any([signal, lost]));
      const result = await doHere(name, job, { source, home, signal, lost, progress }, (fraction, note) => {
        running.set(name, { fraction, note });
        report({ fraction, note });
      });
      progress.say(`${name}: made`);
      return result;
    } finally {
      running.delete(name);
    }
  });
  worker.on('error', (error) => progress.say(`the queue: ${error.message}`));
  const machines = openMachineList(address, study);
  const machine = `${hostname()}/${process.pid}`;
  const beat = async () => {
    const record: MachineRecord = {
      machine,
      version,
      at: new Date().toISOString(),
      workers,
      running: Object.fromEntries(running),
    };
    await machines.write(record);
  };
  const heartbeat = setInterval(() => void beat().catch(() => {}), HEARTBEAT_MS);
  try {
    await beat();
    progress.say(`waiting for work of study ${study}`);
    const left = leave.aborted ? Promise.resolve() : once(leave, 'abort');
    await Promise.race([left, worker.run()]);
  } finally {
    clearInterval(heartbeat);
    if (await isThere(queue)) {
      await worker.close();
      await machines.remove(machine).catch(() => {});
    } else {
      // Closing would wait for Redis. What is being made is saved all the same.
      while (running.size > 0) await sleep(ASK_EVERY_MS);
      await worker.close(true);
    }
    machines.close();
  }
}

/** Waits until no job is left. Throws the signal's reason. */
async function whenOver(queue: JobQueue, signal: AbortSignal): Promise<void> {
  while (!(await isOver(queue))) await sleep(ASK_EVERY_MS, undefined, { signal });
}

/** Whether jobs were queued and none is left. A queue that is away is not over. */
async function isOver(queue: JobQueue): Promise<boolean> {
  const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'completed').catch(() => undefined);
  return (
    counts !== undefined && counts.completed > 0 && counts.waiting + counts.active + counts.delayed === 0
  );
}

interface Here {
  readonly source: FileSource;
  readonly home: string;
  readonly signal: AbortSignal;
  /** Fires when the job was given to another machine. */
  readonly lost: AbortSignal;
  readonly progress: Progress;
}

/** Does one job in this machine's folder, from what others have made of it, and sends everything back. */
async function doHere(
  name: string,
  job: QueuedJob,
  { source: { signal: _, ...source }, home, signal, lost, progress }: Here,
  report: (fraction: number, note: string) => void,
): Promise<unknown> {
  const stop = AbortSignal.any([signal, lost]);
  const working = { ...source, signal: stop };
  const place = placeOf(name);
  // Of an evaluation nothing lies in files.
  if (place === undefined) return runOne(name, workOf(job, home), { signal: stop, progress, report });
  const own = join(home, place);
  await fetchMade(working, name, own);
  const sent = new Map<string, number>();
  let sending = Promise.resolve();
  const send = () => {
    // What could not be sent before is sent now.
    sending = sending.catch(() => {}).then(() => sendMade(working, name, own, sent));
    // Whoever waits for it hears of its end.
    sending.catch(() => {});
  };
  const sender = setInterval(send, SEND_EVERY_MS);
  try {
    const outcome = await runOne(name, workOf(job, home), { signal: stop, progress, report });
    send();
    await sending;
    return outcome;
  } finally {
    clearInterval(sender);
    // After a stop, its last checkpoint goes back as well, if there is time. Of a student that is another's by now, nothing does.
    const parting = { ...source, signal: AbortSignal.any([lost, AbortSignal.timeout(PARTING_MS)]) };
    await sendMade(parting, name, own, sent).catch(() => {});
  }
}

/** A job in this machine's folder. */
function workOf(job: QueuedJob, home: string): object {
  if (job.kind !== 'make') return { ...job, folder: home };
  const options = { ...job.options, cache: join(home, 'cache') };
  return { ...job, options, folder: home, tasksFile: join(home, TASKS_PLACE) };
}

/** The pool with one job: the result, or its failure as an error. */
async function runOne(
  name: string,
  work: object,
  {
    signal,
    progress,
    report,
  }: Pick<Here, 'signal' | 'progress'> & { report(fraction: number, note: string): void },
): Promise<unknown> {
  let result: unknown;
  let failure: string | undefined;
  await runJobs({
    entry: WORKER,
    workers: 1,
    jobs: [{ name, payload: work }],
    signal,
    onProgress: (_name, fraction, note) => report(fraction, note),
    onSay: progress.say,
    onDone: async (_name, made) => {
      result = made;
    },
    onFailed: async (_name, reason) => {
      failure = reason;
    },
  });
  if (failure !== undefined) throw new Error(failure);
  return result;
}
