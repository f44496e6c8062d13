/** A runtime in a process of its own: this file is both ends. Native TensorFlow Lite has the other end in Python. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PYTHON } from './peers.js';
import { type Opened, RUNTIMES, timed, type Work } from './runtimes.js';
import type { Contender, Side, Started } from './side.js';

const HERE = fileURLToPath(import.meta.url);
const NATIVE = fileURLToPath(new URL('./native.py', import.meta.url));

interface Asked {
  readonly work: Work;
  readonly milliseconds: number;
}

/** Starts it. Throws what the runtime throws. */
export function openProcess({ runtime, path }: Contender): Promise<Side> {
  return runtime === 'native' ? openNative(path) : openNode(runtime, path);
}

async function openNode(runtime: string, path: string): Promise<Side> {
  const child = fork(HERE, [runtime, path], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const started = await answer<Started>(child);
  return {
    started,
    async turn(work, milliseconds) {
      child.send({ work, milliseconds } satisfies Asked);
      return (await answer<{ took?: number }>(child)).took;
    },
    async close() {
      child.kill();
    },
  };
}

async function answer<T>(child: ChildProcess): Promise<T> {
  const listening = new AbortController();
  const { signal } = listening;
  const ended = once(child, 'exit', { signal }).then(() => {
    throw new Error('the process ended');
  });
  try {
    const [message] = await Promise.race([once(child, 'message', { signal }), ended]);
    return message;
  } finally {
    listening.abort();
  }
}

/** The C++ runtime by way of Python: what Python adds is a few microseconds a call. It has no front end here. */
async function openNative(path: string): Promise<Side> {
  const child = spawn(PYTHON, [NATIVE, path], { stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error('native TensorFlow Lite does not start');
    return JSON.parse(value);
  };
  const started: Started = await read();
  return {
    started,
    async turn(work, milliseconds) {
      if (work === 'audio') return undefined;
      child.stdin.write(`${JSON.stringify({ work, milliseconds })}\n`);
      return (await read()).took;
    },
    async close() {
      child.kill();
    },
  };
}

/** The other end. */
async function serve([runtime, path]: readonly string[]): Promise<void> {
  const began = performance.now();
  const open = Object.entries(RUNTIMES).find(([name]) => name === runtime)?.[1];
  const opened: Opened | undefined = await open?.({ model: await readFile(path), files: '' });
  const loaded = performance.now();
  await (opened?.one ?? opened?.audio)?.();
  const started: Started = { loadMs: loaded - began, firstMs: performance.now() - loaded };
  process.send?.(started);
  process.on('message', async ({ work, milliseconds }: Asked) => {
    const run = opened?.[work];
    process.send?.({ took: run && (await timed(run, milliseconds)) });
  });
}

if (process.argv[1] === HERE && process.send) await serve(process.argv.slice(2));
