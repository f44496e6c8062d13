/** A share of the processor for a process and those that it will start: a quota of a Linux control group, of version 1 or 2. Only root may set it. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = '/sys/fs/cgroup';
/** Microseconds. */
const PERIOD = 100_000;

/** Limits a process to so many cores; returns what takes the limit away when all of them have ended. */
export async function limitCores(name: string, pid: number, cores: number): Promise<() => Promise<void>> {
  const isSecond = existsSync(join(ROOT, 'cgroup.controllers'));
  const group = join(ROOT, ...(isSecond ? [] : ['cpu']), name);
  const quota = Math.round(cores * PERIOD);
  try {
    // In version 2 a group has only the controllers that its parent hands down.
    if (isSecond) await writeFile(join(ROOT, 'cgroup.subtree_control'), '+cpu');
    await mkdir(group, { recursive: true });
    if (isSecond) await writeFile(join(group, 'cpu.max'), `${quota} ${PERIOD}`);
    else {
      await writeFile(join(group, 'cpu.cfs_period_us'), `${PERIOD}`);
      await writeFile(join(group, 'cpu.cfs_quota_us'), `${quota}`);
    }
    await writeFile(join(group, 'cgroup.procs'), `${pid}`);
  } catch (cause) {
    throw new Error(`${group}: a share of the processor needs Linux with its cpu controller, and root`, {
      cause,
    });
  }
  return () => release(group);
}

/** A group can be removed when its last process is gone. */
async function release(group: string): Promise<void> {
  for (let tries = 0; tries < 50; tries++) {
    const left = await readFile(join(group, 'cgroup.procs'), 'utf8').catch(() => '');
    if (left === '') return rmdir(group).catch(() => {});
    await sleep(100);
  }
}
