/**
 * How much faster a study's students are made by 1, 2 and 4 machines. Machines are simulated: each is `frill study work` with a folder of
 * its own and half a core, on one Redis. Four fill two cores. `STEPS` in the environment sets the steps of each student.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeSyntheticCorpus } from '../packages/frill-lab/src/corpus/synthetic/make.js';
import { RunFolder } from '../packages/frill-lab/src/study/runner/run-folder.js';
import { type FrillProcess, freePort, startFrill } from '../testing/frill-processes.js';
import { type RedisServer, startRedis } from '../testing/redis-server.js';
import { limitCores } from './cpu-quota.js';
import type { Benchmark } from './table.js';

const STUDENTS = ['tiny-0.5-gap', 'tiny-0.75-gap', 'tiny-1-gap', 'tiny-0.5-flat'];
const STEPS = Number(process.env.STEPS ?? 200);
const MACHINES = [1, 2, 4];
const CORES = 0.5;

export const manyMachines: Benchmark = {
  name: 'many-machines',
  summary: 'students of a study by 1, 2 and 4 simulated machines of half a core each',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'frill-bench-machines-'));
    const children: ChildProcess[] = [];
    let redis: RedisServer | undefined;
    try {
      await makeSyntheticCorpus({ folder: join(folder, 'corpus'), size: 200, sets: ['human-sound'] });
      redis = await startRedis({ folder });
      const queue = redis.address;
      const seconds: number[] = [];
      for (const machines of MACHINES) seconds.push(await timed(folder, queue, machines, children));
      return {
        title: `${STUDENTS.length} students, ${STEPS} steps each, by machines of half a core`,
        columns: ['machines', 'seconds', 'times as fast as one'],
        rows: MACHINES.map((machines, i) => [
          `${machines}`,
          seconds[i].toFixed(0),
          (seconds[0] / seconds[i]).toFixed(2),
        ]),
      };
    } finally {
      for (const child of children) end(child);
      await redis?.kill();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Seconds from the first student's beginning to the last one's end. */
async function timed(
  folder: string,
  queue: string,
  machines: number,
  children: ChildProcess[],
): Promise<number> {
  const port = await freePort();
  const out = join(folder, `by-${machines}`);
  const study = startFrill(
    [
      ...['study', 'run', '--tasks', 'corpus/tasks.json', '--teacher', 'log-mel-statistics'],
      ...['--students', STUDENTS.join(), '--steps', `${STEPS}`, '--batch', '16', '--rounds', '2'],
      ...['--workers', '1', '--out', out, '--queue', queue, '--serve-on', `127.0.0.1:${port}`],
    ],
    folder,
    { detached: true },
  );
  children.push(study.child);
  while (!study.heard.said.includes('study work')) {
    if (study.child.exitCode !== null) throw new Error(`the study ended:\n${study.heard.said}`);
    await sleep(200);
  }
  const from = `http://127.0.0.1:${port}/token`;
  const helpers: (FrillProcess & { release(): Promise<void> })[] = [];
  for (let i = 0; i < machines; i++) {
    const words = ['study', 'work', '--queue', queue, '--from', from, '--workers', '1', '--until-done'];
    const helper = startFrill([...words, '--folder', join(folder, `machine-${machines}-${i}`)], folder, {
      detached: true,
    });
    children.push(helper.child);
    const release = await limitCores(`frill-bench-${machines}-${i}`, helper.child.pid ?? 0, CORES);
    helpers.push({ ...helper, release });
  }
  const run = new RunFolder(out);
  while (!helpers.some(({ heard }) => /(gap|flat): begun/.test(heard.said))) {
    if (study.child.exitCode !== null) throw new Error(`the study ended:\n${study.heard.said.slice(-2000)}`);
    await sleep(50);
  }
  const began = performance.now();
  while ((await run.students()).length < STUDENTS.length) {
    if (study.child.exitCode !== null) throw new Error(`the study ended:\n${study.heard.said.slice(-2000)}`);
    await sleep(50);
  }
  const seconds = (performance.now() - began) / 1000;
  // Latency is not compared.
  study.child.kill('SIGINT');
  for (const { ended, release } of [{ ...study, release: async () => {} }, ...helpers]) {
    await ended;
    await release();
  }
  return seconds;
}

function end({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended, or is no group of its own.
    try {
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    } catch {}
  }
}
