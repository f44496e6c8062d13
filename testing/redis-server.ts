/** A Redis server for one test or benchmark, on a port of its own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './frill-processes.js';

export interface RedisServer {
  /** For `--queue`, the password included. */
  readonly address: string;
  /** Ends it without a word, as a power cut does. */
  kill(): Promise<void>;
  /** Starts it again, on the same port and with what its append-only file has. */
  restart(): Promise<void>;
}

export interface RedisOptions {
  /** Where it keeps its files. */
  readonly folder: string;
  readonly password?: string;
  /** Writes down every change, so that it has its data after a restart. */
  readonly appendOnly?: boolean;
}

/** Whether this machine has the `redis-server` command. */
export function hasRedis(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Starts one, and waits until it answers. */
export async function startRedis({
  folder,
  password,
  appendOnly = false,
}: RedisOptions): Promise<RedisServer> {
  const port = await freePort();
  const words = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
  words.push('--maxmemory-policy', 'noeviction', '--appendonly', appendOnly ? 'yes' : 'no');
  if (password !== undefined) words.push('--requirepass', password);
  let server: ChildProcess;
  const start = async () => {
    server = spawn('redis-server', words, { stdio: 'ignore' });
    while (!(await accepts(port))) await sleep(50);
  };
  await start();
  return {
    address: `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`,
    restart: start,
    async kill() {
      const ended = once(server, 'exit');
      server.kill('SIGKILL');
      await ended;
    },
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
