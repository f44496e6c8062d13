/**
 * A representation that embeds on several threads at once. A clip is embedded on one of them, and several clips given together
 * are dealt out to all. Threads start when there is something to embed, so a run that finds everything cached starts none.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { ModelError } from 'frill-audio';
import { workerModule } from '../run/worker-module.js';
import { ENGINE_TITLES } from './engines.js';
import type { FromFileOptions } from './from-file.js';
import { openRepresentation } from './open-representation.js';
import type { Embeddings, Representation } from './representation.js';

export interface ThreadedRepresentation extends Representation {
  /** Clips that are embedded at the same time when so many calls are waiting. */
  readonly concurrency: number;
}

export interface ThreadOptions extends FromFileOptions {
  /** All cores by default. */
  readonly threads?: number | undefined;
  /** The threads' module. */
  readonly worker?: URL;
}

/** What a thread is started with. */
export interface ThreadData {
  readonly nameOrPath: string;
  readonly options: FromFileOptions;
}

/** What a thread answers to a list of clips. */
export type ThreadAnswer =
  | { readonly kind: 'embedded'; readonly embeddings: Embeddings[] }
  | {
      readonly kind: 'model-error';
      readonly what: string;
      readonly where: string | undefined;
      readonly remedy: string | undefined;
    };

/** Opens what `openRepresentation` opens, on several threads; where this runs from sources, on the calling thread alone. Throws ModelError as that does. */
export async function openRepresentationOnThreads(
  nameOrPath: string,
  {
    threads = availableParallelism(),
    worker = workerModule(new URL('./representation-worker.js', import.meta.url)),
    ...options
  }: ThreadOptions = {},
): Promise<ThreadedRepresentation> {
  const single = await openRepresentation(nameOrPath, options);
  // A GPU is one: its model takes large batches.
  if (threads < 2 || !worker || options.device === 'gpu') return { ...single, concurrency: 1 };
  const { name, identity, dimension, grid, engine, engineReason } = single;
  single.close();
  const workerData: ThreadData = {
    nameOrPath,
    // What was found out here need not be tried again on each thread.
    options: { ...options, ...(engine ? { engine } : {}) },
  };

  const running = new Set<Worker>();
  const idle: Worker[] = [];
  const waiting: ((thread: Worker) => void)[] = [];
  const start = () => {
    const thread = new Worker(worker, { workerData });
    running.add(thread);
    thread.once('exit', () => running.delete(thread));
    return thread;
  };
  const take = (): Worker | Promise<Worker> =>
    idle.pop() ??
    (running.size < threads ? start() : new Promise<Worker>((resolve) => waiting.push(resolve)));
  /** A thread that broke is replaced for whoever waits. */
  const giveBack = (thread: Worker, state: 'alive' | 'broken') => {
    if (state === 'broken') running.delete(thread);
    const next = waiting.shift();
    if (next) next(state === 'alive' ? thread : start());
    else if (state === 'alive') idle.push(thread);
  };
  const embedAll = async (clips: readonly Float32Array[]): Promise<Embeddings[]> => {
    const thread = await take();
    let state: 'alive' | 'broken' = 'broken';
    try {
      const answer = await ask(thread, clips);
      state = 'alive';
      if (answer.kind === 'model-error') throw new ModelError(answer);
      return answer.embeddings;
    } finally {
      giveBack(thread, state);
    }
  };
  return {
    name,
    identity,
    dimension,
    grid,
    ...(engine ? { engine, engineReason } : {}),
    concurrency: threads,
    embed: async (samples) => (await embedAll([samples]))[0],
    embedAll: async (clips) => (await Promise.all(inShares(clips, threads).map(embedAll))).flat(),
    close() {
      for (const thread of running) void thread.terminate();
    },
  };
}

/** Line that tells the user what runs a model, and why not the engine that comes first; nothing for a baseline. */
export function engineLine({
  name,
  engine,
  engineReason,
  concurrency,
}: Representation & Partial<ThreadedRepresentation>): string | undefined {
  if (engine === undefined) return undefined;
  const why = engineReason === undefined ? '' : ` (${engineReason})`;
  const threads = concurrency === undefined ? '' : `, threads: ${concurrency}`;
  return `${name} runs in ${ENGINE_TITLES[engine]}${threads}${why}`;
}

/** Consecutive clips in so many lists of about equal length in samples; fewer where there are fewer clips. */
function inShares(clips: readonly Float32Array[], count: number): Float32Array[][] {
  const total = clips.reduce((sum, { length }) => sum + length, 0);
  const shares: Float32Array[][] = [];
  let before = 0;
  for (const clip of clips) {
    const share = Math.min(count - 1, Math.floor((count * (before + clip.length / 2)) / Math.max(1, total)));
    shares[share] ??= [];
    shares[share].push(clip);
    before += clip.length;
  }
  return shares.filter((share) => share !== undefined);
}

function ask(thread: Worker, clips: readonly Float32Array[]): Promise<ThreadAnswer> {
  return new Promise((resolve, reject) => {
    // A thread without work keeps no process alive.
    thread.ref();
    const settle = (act: () => void) => {
      thread.unref();
      thread.off('message', answered).off('error', failed).off('exit', ended);
      act();
    };
    const answered = (answer: ThreadAnswer) => settle(() => resolve(answer));
    const failed = (error: Error) => settle(() => reject(error));
    const ended = (code: number) =>
      settle(() => reject(new Error(`an embedding thread ended with code ${code}`)));
    thread.on('message', answered).on('error', failed).on('exit', ended);
    thread.postMessage(clips);
  });
}
