/**
 * How much faster a study's students are made by 1, 2 and 4 machines. Machines are simulated: each is `frill study work` with a folder of
 * its own and half a core (a quota of the Linux scheduler, which only root may set), on a Redis of its own. Four fill two cores.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeSyntheticCorpus } from '../packages/frill-lab/src/corpus/synthetic/make.js';
import { RunFolder } from '../packages/frill-lab/src/study/runner/run-folder.js';
import { freePort, startFrill } from '../testing/frill-processes.js';
import { type RedisServer, startRedis } from '../testing/redis-server.js';
import type { Benchmark } from './table.js';

const STUDENTS = ['tiny-0.5-gap', 'tiny-0.75-gap', 'tiny-1-gap', 'tiny-0.5-flat'];
const STEPS = 200;
const MACHINES = [1, 2, 4];
const QUOTAS = '/sys/fs/cgroup/cpu';
/** Of a period of 100,000 microseconds. */
const HALF_A_CORE = 50_000;

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

/** Seconds from the first student's beginning to the last one's end, as the run's stages tell them. */
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
  const helpers = [];
  for (let i = 0; i < machines; i++) {
    const words = ['study', 'work', '--queue', queue, '--from', from, '--workers', '1', '--until-done'];
    const helper = startFrill([...words, '--folder', join(folder, `machine-${machines}-${i}`)], folder, {
      detached: true,
    });
    children.push(helper.child);
    helpers.push({ ...helper, release: await limit(`frill-bench-${i}`, helper.child) });
  }
  if ((await study.ended) !== 0) throw new Error(`the study failed:\n${study.heard.said.slice(-2000)}`);
  for (const { ended, release } of helpers) {
    await ended;
    await release();
  }
  const stage = (await new RunFolder(out).stages()).find(({ name }) => name === 'students');
  return stage?.seconds ?? Number.NaN;
}

/** Gives a process, and those it starts, half a core; returns what takes the limit away when they have ended. */
async function limit(name: string, { pid }: ChildProcess): Promise<() => Promise<void>> {
  const group = join(QUOTAS, name);
  try {
    await mkdir(group, { recursive: true });
    await writeFile(join(group, 'cpu.cfs_quota_us'), `${HALF_A_CORE}`);
    await writeFile(join(group, 'cgroup.procs'), `${pid}`);
  } catch (cause) {
    throw new Error(`${group}: this benchmark needs Linux with version 1 of control groups, and root`, {
      cause,
    });
  }
  return () => rmdir(group).catch(() => {});
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
