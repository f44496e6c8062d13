/**
 * Kills: `npm run kills -- study|worker|disk --count N --seed S`. A small study is made once undisturbed. Then it is made
 * again and again, ended each time at a random moment and started anew, until N ends are counted. What comes out must be
 * equal to the undisturbed one: every student once, with the same bytes.
 *
 * `study` kills the command and all its processes, `worker` one process that makes a student, and `disk` fills the disk
 * (a small one of its own in memory, which only root may make on Linux) and makes room again when the command has given up.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeSyntheticCorpus } from '../packages/frill-lab/src/corpus/synthetic/make.js';
import { contentName } from '../packages/frill-lab/src/run/content-name.js';
import { RunFolder } from '../packages/frill-lab/src/study/runner/run-folder.js';
import { Random } from '../packages/frill-lab/src/tensor/random.js';

const FRILL = fileURLToPath(new URL('../packages/frill-lab/bin/frill.js', import.meta.url));
const STUDENTS = ['tiny-0.5-gap', 'tiny-0.75-gap'];
/** A study is ended so often, then it may come to its end. */
const ENDS_A_STUDY = 10;
/** About as long as a worker has work here. */
const WORKER_SECONDS = 10;
const LOOK_EVERY_MS = 50;
const DISK_MEGABYTES = 256;

const FILES = ['training/weights.safetensors', 'model.tflite'];

/** What a study comes to: by student, the names of the contents of its FILES, and what its probes found. */
type Outcome = Readonly<Record<string, readonly string[]>>;

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

/** A way to end a study at this moment; false where there was nothing to end. */
type End = (command: ChildProcess, folder: string, random: Random) => Promise<boolean>;

const ENDS: Readonly<Record<string, End>> = { study: killStudy, worker: killWorker, disk: fillDisk };

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { count: { type: 'string', default: '100' }, seed: { type: 'string', default: '1' } },
  });
  const [way] = positionals;
  const end = ENDS[way ?? ''];
  if (!end) {
    console.error(`Usage: npm run kills -- ${Object.keys(ENDS).join('|')} [--count N] [--seed S]`);
    process.exitCode = 2;
    return;
  }
  const home = mkdtempSync(join(tmpdir(), 'frill-kills-'));
  await makeSyntheticCorpus({ folder: join(home, 'corpus'), size: 200, sets: ['human-sound'] });
  const started = performance.now();
  const alone = await finished(start(home, 'alone'));
  if (alone.code !== 0) throw new Error(`the undisturbed study failed:\n${alone.said}`);
  const seconds = (performance.now() - started) / 1000;
  const expected = await outcomeOf(join(home, 'alone'));
  console.log(`undisturbed: ${seconds.toFixed(0)} s, ${Object.keys(expected).length} students`);

  const random = new Random(`kills/${way}/${values.seed}`);
  const count = Number(values.count);
  let [ends, studies, unequal] = [0, 0, 0];
  const counted: End = async (...given) => {
    const isEnded = await end(...given);
    if (isEnded) ends++;
    return isEnded;
  };
  while (ends < count) {
    const name = `study-${studies++}`;
    const disk = way === 'disk' ? mountDisk(join(home, name)) : undefined;
    let outcome: Outcome | string;
    try {
      const most = Math.min(ENDS_A_STUDY, count - ends);
      // A worker is waited for, and killed at a moment of its own.
      await disturbed(home, name, { end: counted, most, random, seconds: way === 'worker' ? 0 : seconds });
      outcome = await outcomeOf(join(home, name));
    } catch (error) {
      outcome = error instanceof Error ? error.message : String(error);
    } finally {
      disk?.();
    }
    const difference = differenceOf(outcome, expected);
    if (difference !== undefined) unequal++;
    console.log(
      `${name}: ${ends} ends so far, ${difference === undefined ? 'equal' : `UNEQUAL: ${difference}`}`,
    );
    rmSync(join(home, name), { recursive: true, force: true });
  }
  console.log(`${way}, seed ${values.seed}: ${ends} ends in ${studies} studies, ${unequal} unequal`);
  rmSync(home, { recursive: true });
  process.exitCode = unequal > 0 ? 1 : 0;
}

interface Disturbance {
  readonly end: End;
  readonly most: number;
  readonly random: Random;
  /** How long it takes undisturbed. */
  readonly seconds: number;
}

/** Makes a study that is ended at random moments. Throws if it does not come to its end. */
async function disturbed(
  home: string,
  name: string,
  { end, most, random, seconds }: Disturbance,
): Promise<void> {
  for (let left = most; left > 0; left--) {
    const command = start(home, name);
    const over = finished(command);
    const moment = 1000 * seconds * random.uniform();
    const isOver = await Promise.race([over.then(() => true), sleep(moment, false)]);
    if (isOver) break;
    await end(command, join(home, name), random);
    await over;
    makeRoom(join(home, name));
  }
  // A student whose worker was killed counts as failed until the command is given again.
  for (let tries = 0; tries < 2; tries++) {
    const { code, said } = await finished(start(home, name));
    if (code === 0) return;
    if (tries > 0) throw new Error(`it does not come to its end: ${said.slice(-500)}`);
  }
}

/** A group of processes of its own, so that all of it can be killed at once. */
function start(home: string, name: string): ChildProcess {
  const words = ['study', 'run', '--tasks', 'corpus/tasks.json', '--teacher', 'log-mel-statistics'];
  words.push('--students', STUDENTS.join(), '--steps', '80', '--batch', '4', '--rounds', '2');
  words.push('--windows-per-clip', '1', '--workers', '2', '--out', name, '--cache', `${name}/cache`);
  return spawn(process.execPath, [FRILL, ...words], { cwd: home, detached: true });
}

function finished(command: ChildProcess): Promise<Ended> {
  let said = '';
  for (const stream of [command.stdout, command.stderr])
    stream?.on('data', (text) => {
      said = (said + text).slice(-4_000);
    });
  return new Promise((resolve) => command.on('close', (code) => resolve({ code, said })));
}

async function killStudy({ pid }: ChildProcess): Promise<boolean> {
  return pid !== undefined && killed(-pid);
}

/** One of its processes, as soon as there are any; the command goes on, and says which student failed. */
async function killWorker(command: ChildProcess, _: string, random: Random): Promise<boolean> {
  const isOver = () => command.exitCode !== null || command.signalCode !== null;
  while (!isOver() && childrenOf(command.pid).length === 0) await sleep(LOOK_EVERY_MS);
  await sleep(WORKER_SECONDS * 1000 * random.uniform());
  while (!isOver()) {
    const workers = childrenOf(command.pid);
    if (workers.length > 0) return killed(Number(workers[random.integer(workers.length)]));
    await sleep(LOOK_EVERY_MS);
  }
  return false;
}

function childrenOf(pid: number | undefined): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  } catch {
    return [];
  }
}

function killed(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

const FILLER = 'filler';

/** Takes all the room that is left; the command goes on until it wants to write. */
async function fillDisk(_: ChildProcess, folder: string): Promise<boolean> {
  const { bavail, bsize } = statfsSync(folder);
  const chunk = Buffer.alloc(1 << 16);
  try {
    for (let left = bavail * bsize + chunk.length; left > 0; left -= chunk.length)
      writeFileSync(join(folder, FILLER), chunk, { flag: 'a' });
  } catch {
    // Full: that was the purpose.
  }
  return true;
}

function makeRoom(folder: string): void {
  rmSync(join(folder, FILLER), { force: true });
}

/** A small disk in memory, mounted at the folder; returns what takes it away. */
function mountDisk(folder: string): () => void {
  mkdirSync(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MEGABYTES}m`, 'tmpfs', folder]);
  return () => execFileSync('umount', ['--lazy', folder]);
}

async function outcomeOf(path: string): Promise<Outcome> {
  const students = await new RunFolder(path).students();
  const outcome: Record<string, string[]> = {};
  for (const { name, quality } of students) {
    if (outcome[name]) throw new Error(`${name} was made twice`);
    const contents = FILES.map((file) => contentName(readFileSync(join(path, 'students', name, file))));
    outcome[name] = [...contents, contentName(quality)];
  }
  const missing = STUDENTS.filter((name) => !outcome[name]);
  if (missing.length > 0) throw new Error(`${missing.join(', ')} not made`);
  const unfinished = readdirSync(path, { recursive: true }).filter((name) => String(name).endsWith('.part'));
  if (unfinished.length > 0) throw new Error(`left behind: ${unfinished.join(', ')}`);
  return Object.fromEntries(Object.entries(outcome).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** In words; undefined where there is none. An outcome that is text is what went wrong instead. */
function differenceOf(outcome: Outcome | string, expected: Outcome): string | undefined {
  if (typeof outcome === 'string') return outcome;
  if (contentName(outcome) === contentName(expected)) return undefined;
  const names = [...FILES, 'the results of the probes'];
  return Object.entries(expected)
    .flatMap(([student, contents]) =>
      contents.flatMap((content, i) =>
        outcome[student]?.[i] === content ? [] : [`${student}, ${names[i]}`],
      ),
    )
    .join('; ');
}

await main();
