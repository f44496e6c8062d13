/**
 * Machines that come and go: `npm run machines -- --steps N`. A small study is made on one machine. Then three others make it for a
 * queue, each with a folder of its own; one of them takes the study's files from a shared disk. One is killed when a checkpoint of its
 * student has come back. One is cut off from Redis and from the study's files for a minute, goes on working, and comes back. Meanwhile
 * Redis is killed and started again from its append-only file. What comes out must be equal to the study of one machine: every student
 * once, with the same weights.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { makeSyntheticCorpus } from '../packages/frill-lab/src/corpus/synthetic/make.js';
import { contentName } from '../packages/frill-lab/src/run/content-name.js';
import { RunFolder } from '../packages/frill-lab/src/study/runner/run-folder.js';
import { type FrillProcess, freePort, startFrill } from '../testing/frill-processes.js';
import { startRedis } from '../testing/redis-server.js';

const STUDENTS = ['tiny-0.5-gap', 'tiny-0.75-gap', 'tiny-1-gap', 'tiny-0.5-flat'];
const CUT_OFF_MS = 60_000;
const REDIS_AWAY_MS = 5_000;

const { values } = parseArgs({ options: { steps: { type: 'string', default: '300' } } });
const began = performance.now();
const started: ChildProcess[] = [];
const home = await mkdtemp(join(tmpdir(), 'frill-machines-'));
try {
  await makeSyntheticCorpus({ folder: join(home, 'corpus'), size: 200, sets: ['human-sound'] });
  const alone = study('alone');
  await madeIn('alone', alone);
  tell('made on one machine');
  await byMachines();
  process.exitCode = (await isEqual()) ? 0 : 1;
} finally {
  for (const child of started) signal(child, 'SIGKILL');
  await rm(home, { recursive: true, force: true });
}

async function byMachines(): Promise<void> {
  const redis = await startRedis({ folder: home, appendOnly: true });
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const together = study('together', '--queue', redis.address, '--serve-on', address, '--share');
  await until(together, () => together.heard.said.includes('share this disk'));
  const [toRedis, toFiles] = [await openRelay(portOf(redis.address)), await openRelay(port)];
  const machines = {
    first: help('first', redis.address, `http://${address}/token`),
    second: help('second', `redis://127.0.0.1:${toRedis.port}`, `http://127.0.0.1:${toFiles.port}/token`),
    third: help('third', redis.address, join(home, 'together')),
  };
  const { first, second, third } = machines;

  // It has begun a student, and others can go on from a checkpoint of it.
  await until(together, async () => makes(first) !== undefined && (await hasCheckpoint(makes(first))));
  tell(`first is killed while it makes ${makes(first)}`);
  signal(first.child, 'SIGKILL');
  await until(together, () => makes(second) !== undefined);
  tell(`second is cut off while it makes ${makes(second)}`);
  for (const relay of [toRedis, toFiles]) relay.cut();
  const back = performance.now() + CUT_OFF_MS;
  await sleep(REDIS_AWAY_MS);
  await redis.kill();
  tell(`Redis is killed while third makes ${makes(third)}`);
  await sleep(REDIS_AWAY_MS);
  await redis.restart();
  tell('Redis is started again');
  await sleep(back - performance.now());
  for (const relay of [toRedis, toFiles]) relay.mend();
  tell('second is back');

  await madeIn('together', together);
  tell('made by several machines');
  for (const [name, { ended, heard }] of Object.entries(machines)) {
    const code = await ended;
    const made = [...heard.said.matchAll(/(\S+): made/g)].map(([, student]) => student);
    tell(`${name} ended with ${code ?? 'a signal'}, and made ${made.join(', ') || 'none'}`);
    if (name !== 'first' && code !== 0)
      throw new Error(`${name} did not end well:\n${heard.said.slice(-2000)}`);
  }
  for (const relay of [toRedis, toFiles]) relay.close();
  await redis.kill();
}

/** Whether both studies have every student once, and with the same weights. */
async function isEqual(): Promise<boolean> {
  const [expected, found] = [await weightsOf('alone'), await weightsOf('together')];
  const equal = contentName(expected) === contentName(found);
  const names = `${STUDENTS.length} students once each`;
  console.log(
    equal ? `equal: ${names}, the same weights` : `UNEQUAL: ${JSON.stringify({ expected, found })}`,
  );
  return equal;
}

/** By student, in the order of their names: the name of the weights' content. */
async function weightsOf(run: string): Promise<string[][]> {
  const records = await new RunFolder(join(home, run)).students();
  const weights = records.map(async ({ name }) => {
    const bytes = await readFile(join(home, run, 'students', name, 'training/weights.safetensors'));
    return [name, contentName(bytes)];
  });
  return (await Promise.all(weights)).toSorted(([a], [b]) => a.localeCompare(b));
}

function study(out: string, ...more: string[]): FrillProcess {
  const words = ['study', 'run', '--tasks', 'corpus/tasks.json', '--teacher', 'log-mel-statistics'];
  words.push('--students', STUDENTS.join(), '--steps', values.steps);
  words.push('--batch', '4', '--windows-per-clip', '1');
  return start([...words, '--workers', '1', '--out', out, ...more]);
}

function help(folder: string, queue: string, from: string): FrillProcess {
  const words = ['study', 'work', '--queue', queue, '--from', from, '--folder', folder];
  return start([...words, '--workers', '1', '--until-done']);
}

/** With the processes that it starts, a group that is killed at once. */
function start(words: readonly string[]): FrillProcess {
  const command = startFrill(words, home, { detached: true });
  started.push(command.child);
  return command;
}

function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, name);
  } catch {
    // It has ended.
  }
}

/** The student that a machine is making. */
function makes({ heard }: FrillProcess): string | undefined {
  const [, name] = [...heard.said.matchAll(/(\S+): begun/g)].at(-1) ?? [];
  return name !== undefined && heard.said.includes(`${name}: made`) ? undefined : name;
}

async function hasCheckpoint(student = ''): Promise<boolean> {
  const files = await readdir(join(home, 'together/students', student, 'training')).catch(() => []);
  return files.some((file) => file.startsWith('checkpoint-'));
}

/** Waits until a study has made its students, and ends it there: latencies are not compared. */
async function madeIn(run: string, command: FrillProcess): Promise<void> {
  const folder = new RunFolder(join(home, run));
  await until(command, async () => (await folder.students()).length >= STUDENTS.length);
  command.child.kill('SIGINT');
  await command.ended;
  const failures = await folder.failures();
  if (failures.length > 0) throw new Error(`students failed: ${JSON.stringify(failures)}`);
}

/** Throws where the study ends before. */
async function until(
  { child, heard }: FrillProcess,
  isTime: () => boolean | Promise<boolean>,
): Promise<void> {
  while (!(await isTime())) {
    if (child.exitCode !== null) throw new Error(`the study ended before:\n${heard.said.slice(-2000)}`);
    await sleep(100);
  }
}

function portOf(address: string): number {
  return Number(new URL(address).port);
}

/** A link to a port of this machine that can be cut and mended. */
async function openRelay(to: number) {
  const port = await freePort();
  const open = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return near.destroy();
    const far = connect(to, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ]) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => {});
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  }).listen(port, '127.0.0.1');
  const cut = () => {
    isCut = true;
    for (const socket of open) socket.destroy();
  };
  return {
    port,
    cut,
    mend() {
      isCut = false;
    },
    close() {
      cut();
      server.close();
    },
  };
}

function tell(line: string): void {
  console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}`);
}
