/** A small study by three processes on a real Redis, as three machines: one is killed, and the end is that of one machine. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, startFrill } from '../../../../../testing/frill-processes.js';
import { makeSyntheticCorpus } from '../../corpus/synthetic/make.js';
import { contentName } from '../../run/content-name.js';
import { RunFolder } from '../runner/run-folder.js';

const STUDENTS = ['tiny-0.5-gap', 'tiny-0.75-gap'];

function isInstalled(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function until(isTime: () => Promise<boolean>): Promise<void> {
  while (!(await isTime())) await new Promise((resolve) => setTimeout(resolve, 100));
}

const canRun = isInstalled('redis-server');
const title = canRun ? 'many machines' : 'many machines (skipped: redis-server is absent)';
(canRun ? describe : describe.skip)(title, () => {
  let folder: string;
  let redis: ChildProcess;
  let queue: string;
  const started: ChildProcess[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'frill-machines-'));
    const port = await freePort();
    queue = `redis://:secret@127.0.0.1:${port}`;
    const words = ['--port', String(port), '--bind', '127.0.0.1', '--requirepass', 'secret', '--dir', folder];
    redis = spawn('redis-server', [...words, '--save', '', '--maxmemory-policy', 'noeviction'], {
      stdio: 'ignore',
    });
    await makeSyntheticCorpus({ folder: join(folder, 'corpus'), size: 200, sets: ['human-sound'] });
  }, 120_000);
  afterAll(() => {
    for (const child of started) child.kill('SIGKILL');
    redis?.kill('SIGKILL');
  });

  const study = (out: string, ...more: string[]) => {
    const words = ['study', 'run', '--tasks', 'corpus/tasks.json', '--teacher', 'log-mel-statistics'];
    words.push('--students', STUDENTS.join(), '--steps', '80', '--batch', '4', '--rounds', '2');
    words.push('--windows-per-clip', '1', '--workers', '1', '--out', out, ...more);
    const run = startFrill(words, folder);
    started.push(run.child);
    return run;
  };
  /** Hashes: two unequal buffers of megabytes would be told apart number by number. */
  const weightsOf = async (run: string) => {
    const weights = STUDENTS.map((name) =>
      readFile(join(folder, run, 'students', name, 'training/weights.safetensors')),
    );
    return (await Promise.all(weights)).map((bytes) => contentName(bytes));
  };

  it('makes every student once, with the weights of one machine, although a machine is killed', async () => {
    const alone = study('alone');
    expect([await alone.ended, alone.heard.said.slice(-500)]).toEqual([0, expect.any(String)]);

    const port = await freePort();
    const together = study('together', '--queue', queue, '--serve-on', `127.0.0.1:${port}`);
    await until(async () => together.heard.said.includes('study work'));
    const help = (name: string) => {
      const from = `http://127.0.0.1:${port}/token`;
      const words = ['study', 'work', '--queue', queue, '--from', from, '--folder', name, '--workers', '1'];
      const helper = startFrill([...words, '--until-done'], folder);
      started.push(helper.child);
      return helper;
    };
    const doomed = help('first');
    const training = (name: string) => join(folder, 'together/students', name, 'training');
    // A checkpoint has come back from it: there is something to go on from.
    await until(async () => {
      const files = await Promise.all(STUDENTS.map((name) => readdir(training(name)).catch(() => [])));
      return files.flat().some((file) => file.startsWith('checkpoint-'));
    });
    doomed.child.kill('SIGKILL');
    const [second, third] = [help('second'), help('third')];
    expect(await together.ended).toBe(0);
    expect(await second.ended).toBe(0);
    expect(await third.ended).toBe(0);

    const records = await new RunFolder(join(folder, 'together')).students();
    expect(records.map(({ name }) => name).toSorted()).toEqual(STUDENTS);
    expect(await weightsOf('together')).toEqual(await weightsOf('alone'));
    expect(together.heard.said).not.toContain('secret');
  }, 400_000);

  it('refuses what is no study, and says what to do', async () => {
    const lost = startFrill(
      ['study', 'work', '--queue', queue, '--from', 'http://127.0.0.1:1/x', '--folder', 'lost'],
      folder,
    );
    expect(await lost.ended).toBe(1);
    expect(lost.heard.said).toMatch(/file server/);
    const wrong = study('wrong', '--queue', 'http://127.0.0.1');
    expect(await wrong.ended).toBe(1);
    expect(wrong.heard.said).toMatch(/redis:\/\/HOST/);
  }, 120_000);
});
