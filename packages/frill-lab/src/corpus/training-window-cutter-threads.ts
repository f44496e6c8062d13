/**
 * Window cutters on threads of their own, so that windows are ready when the training wants them. What comes out does not
 * depend on how many there are. Where this runs from sources there is no module to start, and windows are cut on the calling thread.
 */
import { Worker } from 'node:worker_threads';
import { InputError } from 'frill-audio';
import { workerModule } from '../run/worker-module.js';
import {
  type CutOrder,
  type CutterData,
  type CutWindows,
  TrainingWindowCutter,
} from './training-window-cutter.js';

export type CutAnswer =
  | { readonly kind: 'cut'; readonly windows: CutWindows }
  | {
      readonly kind: 'failed';
      readonly what: string;
      readonly where: string | undefined;
      readonly remedy: string | undefined;
    };

export interface CutterThreads {
  /** Orders that are worked on at the same time. */
  readonly concurrency: number;
  /** Rejects with InputError as `TrainingWindowCutter.cut` throws. */
  cut(order: CutOrder): Promise<CutWindows>;
  close(): Promise<void>;
}

export interface CutterThreadsOptions {
  /** 0 keeps the work on the calling thread. */
  readonly threads: number;
  /** The threads' module. */
  readonly worker?: URL;
}

export async function openCutterThreads(
  data: CutterData,
  {
    threads,
    worker = workerModule(new URL('./training-window-cutter-worker.js', import.meta.url)),
  }: CutterThreadsOptions,
): Promise<CutterThreads> {
  if (threads === 0 || !worker) {
    const cutter = await TrainingWindowCutter.open(data);
    return {
      concurrency: 1,
      cut: async (order) => cutter.cut(order),
      close: async () => cutter.close(),
    };
  }
  const lines = Array.from({ length: threads }, () => new Line(new Worker(worker, { workerData: data })));
  return {
    concurrency: threads,
    cut: (order) => lines.reduce((a, b) => (b.waiting < a.waiting ? b : a)).cut(order),
    close: async () => {
      await Promise.all(lines.map((line) => line.close()));
    },
  };
}

/** One thread, and what it has been asked for, which it answers in turn. */
class Line {
  readonly #asked: { resolve(windows: CutWindows): void; reject(error: Error): void }[] = [];
  #failure: Error | undefined;

  constructor(private readonly thread: Worker) {
    thread.unref();
    thread.on('message', (answer: CutAnswer) => {
      const next = this.#asked.shift();
      if (this.#asked.length === 0) thread.unref();
      if (answer.kind === 'cut') next?.resolve(answer.windows);
      else next?.reject(new InputError(answer));
    });
    thread.on('error', (error) => this.#fail(error));
    thread.on('exit', (code) => this.#fail(new Error(`a thread that cuts windows ended with code ${code}`)));
  }

  get waiting(): number {
    return this.#asked.length;
  }

  cut(order: CutOrder): Promise<CutWindows> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#asked.push({ resolve, reject });
      // A thread without work keeps no process alive.
      this.thread.ref();
      this.thread.postMessage(order);
    });
  }

  async close(): Promise<void> {
    await this.thread.terminate();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#asked.splice(0)) reject(this.#failure);
  }
}
