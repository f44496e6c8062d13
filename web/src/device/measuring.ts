/**
 * The measurement as the page sees it: ready, measuring, waiting for the page to come back to the front, done or failed. Whatever
 * ends the worker, what it has sent is kept by the server, and the next one goes on from there.
 */
import { signal } from '@preact/signals';
import type { LatencyReport } from '../../../packages/frill-lab/src/bench/latency-report.js';
import type { ServedTask } from '../../../packages/frill-lab/src/bench/served/task.js';
import { type Awake, keepAwake } from './awake.js';
import { describeBrowser } from './describe.js';
import type { News, Order } from './messages.js';

export type State =
  | { readonly kind: 'ready' }
  | { readonly kind: 'measuring' }
  /** The page was in the background, where browsers slow it down. */
  | { readonly kind: 'away' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'done'; readonly report: LatencyReport };

export interface Step {
  readonly title: string;
  readonly done: number;
  readonly total: number;
  readonly what: string;
}

export const state = signal<State>({ kind: 'ready' });
export const step = signal<Step | undefined>(undefined);
/** What was noticed meanwhile, newest last. */
export const noticed = signal<readonly string[]>([]);
export const awakeBy = signal<Awake['by'] | undefined>(undefined);

let worker: Worker | undefined;
let awake: Awake | undefined;
let order: Order | undefined;

/** Starts, or goes on. Call it from a press. */
export async function measure(task: ServedTask, name: string): Promise<void> {
  order = { task, base: document.baseURI, id: deviceId(task), device: describeBrowser(name, task) };
  noticed.value = [];
  awake ??= await keepAwake();
  awakeBy.value = awake.by;
  startWorker(order);
}

function startWorker(given: Order): void {
  state.value = { kind: 'measuring' };
  worker = new Worker(new URL('./worker.ts', import.meta.url));
  worker.addEventListener('message', ({ data }: MessageEvent<News>) => hear(data));
  worker.addEventListener('error', ({ message }) => hear({ kind: 'failed', message }));
  worker.postMessage(given);
}

function hear(news: News): void {
  switch (news.kind) {
    case 'step':
      step.value = news;
      return;
    case 'said':
      noticed.value = [...noticed.value, news.line];
      return;
    case 'done':
      stop({ kind: 'done', report: news.report });
      // A further measurement of this device is another one.
      if (order) localStorage.removeItem(keyOf(order.task));
      return;
    case 'failed':
      stop({ kind: 'failed', message: news.message });
  }
}

function stop(next: State): void {
  worker?.terminate();
  worker = undefined;
  if (next.kind !== 'away') {
    awake?.release();
    awake = undefined;
  }
  state.value = next;
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden && state.value.kind === 'measuring') stop({ kind: 'away' });
  else if (!document.hidden && state.value.kind === 'away' && order) {
    const goOn = order;
    // The wake lock was taken back with the page.
    awake?.release();
    void keepAwake().then((kept) => {
      awake = kept;
      awakeBy.value = kept.by;
      startWorker(goOn);
    });
  }
});

/** Whether this device has begun before. */
export function hasBegun(task: ServedTask): boolean {
  return localStorage.getItem(keyOf(task)) !== null;
}

/** This device's made-up name on the server, kept until it has finished. */
function deviceId(task: ServedTask): string {
  const kept = localStorage.getItem(keyOf(task));
  if (kept) return kept;
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const id = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  localStorage.setItem(keyOf(task), id);
  return id;
}

function keyOf({ measurement }: ServedTask): string {
  return `frill-device-${measurement}`;
}
