/**
 * A representation that embeds several clips at once, each on a thread of its own. A clip's embedding is what one thread
 * gives, to the bit. Threads start when there is something to embed, so a run that finds everything cached starts none.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ModelError } from 'frill';
import type { FromFileOptions } from './from-file.js';
import { type Embeddings, openRepresentation, type Representation } from './representation.js';

export interface ThreadedRepresentation extends Representation {
  /** Clips that are embedded at the same time when so many calls are waiting. */
  readonly concurrency: number;
}

export interface ThreadOptions extends FromFileOptions {
  /** All cores by default. */
  readonly threads?: number | undefined;
  /** The thread's module; only the build has it as JavaScript. */
  readonly worker?: URL;
}

/** What a thread answers to samples. */
export type ThreadAnswer =
  | { readonly kind: 'embedded'; readonly embeddings: Embeddings }
  | {
      readonly kind: 'model-error';
      readonly what: string;
      readonly where: string | undefined;
      readonly remedy: string | undefined;
    };

/**
 * As `openRepresentation`. ONNX models embed one clip at a time, because onnxruntime takes all cores for it; so does
 * everything where this runs from sources. Throws ModelError when the file is not such a model.
 */
export async function openRepresentationOnThreads(
  nameOrPath: string,
  {
    threads = availableParallelism(),
    worker = new URL('./representation-worker.js', import.meta.url),
    ...options
  }: ThreadOptions = {},
): Promise<ThreadedRepresentation> {
  const single = await openRepresentation(nameOrPath, options);
  if (threads < 2 || extname(nameOrPath).toLowerCase() === '.onnx' || !existsSync(fileURLToPath(worker)))
    return { ...single, concurrency: 1 };
  const { name, identity, dimension, grid } = single;
  single.close();

  const running = new Set<Worker>();
  const idle: Worker[] = [];
  const waiting: ((thread: Worker) => void)[] = [];
  const start = () => {
    const thread = new Worker(worker, { workerData: { nameOrPath, options } });
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
  return {
    name,
    identity,
    dimension,
    grid,
    concurrency: threads,
    async embed(samples) {
      const thread = await take();
      let state: 'alive' | 'broken' = 'broken';
      try {
        const answer = await ask(thread, samples);
        state = 'alive';
        if (answer.kind === 'model-error') throw new ModelError(answer);
        return answer.embeddings;
      } finally {
        giveBack(thread, state);
      }
    },
    close() {
      for (const thread of running) void thread.terminate();
    },
  };
}

function ask(thread: Worker, samples: Float32Array): Promise<ThreadAnswer> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      thread.off('message', answered).off('error', failed).off('exit', ended);
      act();
    };
    const answered = (answer: ThreadAnswer) => settle(() => resolve(answer));
    const failed = (error: Error) => settle(() => reject(error));
    const ended = (code: number) =>
      settle(() => reject(new Error(`an embedding thread ended with code ${code}`)));
    thread.on('message', answered).on('error', failed).on('exit', ended);
    thread.postMessage(samples);
  });
}
