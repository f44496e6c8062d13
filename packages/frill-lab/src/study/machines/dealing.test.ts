/**
 * A teacher's values and evaluations dealt out to two machines on a real Redis, of which one is killed: what comes back is, byte by byte,
 * what this process finds alone. Nothing here waits for a time.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadFrontend } from 'frill-audio';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { type FrillProcess, freePort, startFrill } from '../../../../../testing/frill-processes.js';
import { hasRedis, type RedisServer, startRedis } from '../../../../../testing/redis-server.js';
import type { AskTeacher } from '../../corpus/ask-teacher.js';
import type { Clip } from '../../corpus/corpus.js';
import { prepareDistillation } from '../../corpus/distillation-data.js';
import { prepareSamples } from '../../corpus/sample-store.js';
import { makeSyntheticCorpus } from '../../corpus/synthetic/make.js';
import { loadTasks } from '../../corpus/tasks.js';
import { prepareTeacherGrid } from '../../corpus/teacher-grid.js';
import { readEvaluation } from '../../noss/results-file.js';
import { contentName } from '../../run/content-name.js';
import { silent } from '../../run/progress.js';
import { openSource } from '../../train/open-teacher.js';
import { askByMachines } from './deal-rows.js';

const TEACHER = { source: 'frill-s', output: undefined };
const MODELS = ['frill-s', 'frill-m', 'mfcc-statistics'];

const canRun = hasRedis();
const title = canRun ? 'dealing out' : 'dealing out (skipped: redis-server is absent)';
(canRun ? describe : describe.skip)(title, () => {
  let folder: string;
  let redis: RedisServer;
  let clips: readonly Clip[];
  const started: ChildProcess[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'frill-dealing-'));
    redis = await startRedis({ folder });
    const { tasksFile } = await makeSyntheticCorpus({ folder: join(folder, 'corpus'), size: 200 });
    clips = (await loadTasks(tasksFile)).distillation;
    process.env.FRILL_TOKEN = 'token';
  }, 900_000);
  afterAll(async () => {
    for (const child of started) child.kill('SIGKILL');
    await redis.kill();
  });

  function help(name: string, port: number): FrillProcess {
    const from = `http://127.0.0.1:${port}/token`;
    const words = ['study', 'work', '--queue', redis.address, '--from', from, '--folder', name];
    const helper = startFrill([...words, '--workers', '1', '--until-done'], folder);
    started.push(helper.child);
    return helper;
  }

  /** Waits for what a helper says, or for its end. */
  async function hears({ heard, child }: FrillProcess, words: string): Promise<void> {
    while (!heard.said.includes(words) && child.exitCode === null) await sleep(20);
  }

  function askerOf(run: string, port: number, say: (line: string) => void): AskTeacher {
    return askByMachines({
      ...{ run: join(folder, run), queue: redis.address, serveOn: `127.0.0.1:${port}`, share: false },
      ...{ teacher: TEACHER, follows: false, rowsAJob: 64 },
      progress: { ...silent, say },
      signal: new AbortController().signal,
    });
  }

  /** Asks by two machines, of which the first may be killed while it does a job. */
  async function askedByTwo<T>(
    run: string,
    fate: 'killed' | 'alive',
    prepare: (ask: AskTeacher) => Promise<T>,
  ): Promise<T> {
    const port = await freePort();
    const said: string[] = [];
    let isOpen = () => {};
    const open = new Promise<void>((resolve) => {
      isOpen = resolve;
    });
    const say = (line: string) => {
      said.push(line);
      if (line.includes('study work')) isOpen();
    };
    const prepared = prepare(askerOf(run, port, say));
    await Promise.race([open, prepared]);
    const one = help(`${run}-one`, port);
    onTestFailed(() => console.error([said.join('\n'), one.heard.said].join('\n\n')));
    await hears(one, ': begun');
    if (fate === 'killed') one.child.kill('SIGKILL');
    const other = help(`${run}-other`, port);
    onTestFailed(() => console.error(other.heard.said));
    const made = await prepared;
    expect(await other.ended).toBe(0);
    if (fate === 'killed') expect(other.heard.said).toContain(': made');
    // Nothing is kept twice.
    expect(await readdir(join(folder, run, 'rows')).catch(() => [])).toEqual([]);
    return made;
  }

  /** Hashes of the files of the one folder that begins so. A blob's file has a random name. */
  async function contentOf(cache: string, prefix: string): Promise<string[]> {
    const home = (await readdir(cache)).find((name) => name.startsWith(prefix)) ?? '';
    const names = (await readdir(join(cache, home))).filter((name) => /\.(bin|f32|json)$/.test(name));
    return Promise.all(
      names.sort().map(async (name) => contentName(await readFile(join(cache, home, name)))),
    );
  }

  it('targets of fixed windows are those of one machine', async () => {
    const prepare = async (cache: string, ask?: AskTeacher) => {
      const teacher = await openSource(TEACHER);
      const options = { clips, teacher, ask, frontend: await loadFrontend(), windowsPerClip: 4 };
      const data = await prepareDistillation({ ...options, folder: join(folder, cache) });
      await data.close();
      teacher.close();
      return data.targets.rows;
    };
    const rows = await prepare('alone');
    expect(rows).toBeGreaterThan(3 * 64);
    expect(await askedByTwo('fixed', 'killed', (ask) => prepare('together', ask))).toBe(rows);
    expect(await contentOf(join(folder, 'together'), 'targets-')).toEqual(
      await contentOf(join(folder, 'alone'), 'targets-'),
    );
  }, 900_000);

  it('a session that goes on finds what came back before', async () => {
    const teacher = await openSource(TEACHER);
    const own = join(folder, 'goes-on-cache');
    const options = { clips, teacher, frontend: await loadFrontend(), windowsPerClip: 4, folder: own };
    const port = await freePort();
    const ask = askerOf('goes-on', port, () => {});
    const stopped: AskTeacher = async function* (asking) {
      for await (const group of ask(asking)) {
        yield group;
        throw new Error('stopped');
      }
    };
    const helper = async (name: string) => {
      // The first to come finds no server yet.
      for (let code: number | null = 1; code === 1; ) code = await help(name, port).ended;
    };
    const helping = helper('goes-on-machine');
    await expect(prepareDistillation({ ...options, ask: stopped })).rejects.toThrow('stopped');
    // Nothing of it was on the disk of the targets yet.
    const kept = await readdir(join(folder, 'goes-on/rows'));
    expect(kept.length).toBeGreaterThan(0);
    await (await prepareDistillation({ ...options, ask })).close();
    await helping;
    teacher.close();
    expect(await contentOf(own, 'targets-')).toEqual(await contentOf(join(folder, 'alone'), 'targets-'));
    expect(await readdir(join(folder, 'goes-on/rows'))).toEqual([]);
  }, 900_000);

  it('values along recordings are those of one machine', async () => {
    const prepare = async (cache: string, ask?: AskTeacher) => {
      const teacher = await openSource(TEACHER);
      const own = join(folder, cache);
      const { recordings } = await prepareSamples({ clips, folder: own });
      const frontend = (await loadFrontend()).parameters;
      await prepareTeacherGrid({ recordings, teacher, ask, frontend, spacing: 4000, folder: own });
      teacher.close();
    };
    await prepare('alone-grid');
    await askedByTwo('random', 'alive', (ask) => prepare('together-grid', ask));
    expect(await contentOf(join(folder, 'together-grid'), 'teacher-')).toEqual(
      await contentOf(join(folder, 'alone-grid'), 'teacher-'),
    );
  }, 900_000);

  it('evaluations of several models are those of one machine, each once', async () => {
    const words = ['evaluate', '--tasks', 'corpus/tasks.json', '--effort', 'quick', '--model', ...MODELS];
    const alone = startFrill([...words, '--out', 'evaluated-alone', '--cache', 'cache-alone'], folder);
    started.push(alone.child);
    expect(await alone.ended).toBe(0);

    const port = await freePort();
    const queue = ['--queue', redis.address, '--serve-on', `127.0.0.1:${port}`];
    const together = startFrill([...words, '--out', 'evaluated', '--cache', 'cache', ...queue], folder);
    started.push(together.child);
    await hears(together, 'study work');
    const doomed = help('evaluates-doomed', port);
    await hears(doomed, ': begun');
    doomed.child.kill('SIGKILL');
    const other = help('evaluates-other', port);
    onTestFailed(() => console.error([together, doomed, other].map(({ heard }) => heard.said).join('\n\n')));
    expect(await together.ended).toBe(0);
    expect(await other.ended).toBe(0);

    const [expected, found] = [
      await readEvaluation(join(folder, 'evaluated-alone')),
      await readEvaluation(join(folder, 'evaluated')),
    ];
    expect(found.representations.map(({ name }) => name)).toEqual(MODELS);
    expect(found).toEqual(expected);
  }, 900_000);
});
