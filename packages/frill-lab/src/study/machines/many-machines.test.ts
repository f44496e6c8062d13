/**
 * A small study whose students are made by two processes on a real Redis, as two machines. One is killed; the other makes what is left,
 * and the weights are those of one machine. Nothing here waits for a time: the study cannot end before the second machine is in it.
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
import { type PreparedNames, prepareDistillation } from '../../corpus/distillation-data.js';
import { makeSyntheticCorpus } from '../../corpus/synthetic/make.js';
import { loadTasks } from '../../corpus/tasks.js';
import { openRepresentation } from '../../models/open-representation.js';
import { parseStudentName, type StudentConfig } from '../../models/student-config.js';
import { contentName } from '../../run/content-name.js';
import { silent } from '../../run/progress.js';
import { openStudent } from '../../train/open-student.js';
import { studentFolders } from '../../train/student-folder.js';
import { crewFor } from '../runner/forecast/make-forecast.js';
import { RunFolder } from '../runner/run-folder.js';
import { dataOptions, makeStudent } from '../runner/steps/make-student.js';
import { START } from '../runner/steps/start.js';
import { makeStudents } from '../runner/steps/students.js';
import { type StudyOptions, studyOptionsSchema } from '../runner/study-options.js';

const STUDENTS = ['tiny-0.5-gap', 'tiny-0.75-gap'];
/** Part of a student's making after which it is trained, and is evaluated. */
const TRAINED = 0.7;

const canRun = hasRedis();
const title = canRun ? 'many machines' : 'many machines (skipped: redis-server is absent)';
(canRun ? describe : describe.skip)(title, () => {
  let folder: string;
  let redis: RedisServer;
  let tasksFile: string;
  let port: number;
  let options: StudyOptions;
  let data: PreparedNames;
  let configs: readonly StudentConfig[];
  const started: ChildProcess[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'frill-machines-'));
    redis = await startRedis({ folder, password: 'secret' });
    port = await freePort();
    const corpus = { folder: join(folder, 'corpus'), size: 200, sets: ['human-sound'] } as const;
    tasksFile = (await makeSyntheticCorpus(corpus)).tasksFile;
    options = studyOptionsSchema.parse({
      teacher: 'log-mel-statistics',
      students: STUDENTS.join(),
      steps: 40,
      batch: 4,
      windowsPerClip: 1,
      workers: 1,
      queue: redis.address,
      serveOn: `127.0.0.1:${port}`,
      cache: join(folder, 'cache'),
      startFrom: 'frill-m',
    });
    const start = await openStudent(options.startFrom ?? '');
    for (const run of ['alone', 'together']) await studentFolders.write(join(folder, run, START), start);
    configs = STUDENTS.map((name) => parseStudentName(name, { bottleneck: start.config.bottleneck }));
    data = await prepare();
  }, 300_000);
  afterAll(async () => {
    for (const child of started) child.kill('SIGKILL');
    await redis.kill();
  });

  async function prepare(): Promise<PreparedNames> {
    const prepared = await prepareDistillation({
      ...dataOptions(options),
      clips: (await loadTasks(tasksFile)).distillation,
      frontend: await loadFrontend(),
      teacher: await openRepresentation('log-mel-statistics'),
    });
    await prepared.close();
    return prepared.prepared;
  }

  /** Makes a student in this process, in a run's folder, and stops when more than a part of it is done. */
  async function makePart(run: string, config: StudentConfig, part: number): Promise<void> {
    const stopping = new AbortController();
    const { signal } = stopping;
    const report = (fraction: number) => fraction > part && stopping.abort();
    const work = {
      kind: 'make',
      folder: run,
      options,
      tasksFile,
      data,
      threads: crewFor(1, 1, 1).threads,
    } as const;
    const made = makeStudent({ ...work, config, marks: [TRAINED, 0.9] }, { signal, report, say: () => {} });
    await expect(made).rejects.toThrow(/abort/i);
  }

  /** Hashes: two unequal buffers of megabytes would be told apart number by number. */
  async function weightsOf(run: string) {
    const weights = STUDENTS.map((name) =>
      readFile(join(run, 'students', name, 'training/weights.safetensors')),
    );
    return (await Promise.all(weights)).map((bytes) => contentName(bytes));
  }

  function help(name: string): FrillProcess {
    const from = `http://127.0.0.1:${port}/token`;
    const words = ['study', 'work', '--queue', redis.address, '--from', from, '--folder', name];
    const helper = startFrill([...words, '--workers', '1', '--until-done'], folder);
    started.push(helper.child);
    return helper;
  }

  it('makes every student once, with the weights of one machine, although a machine is killed', async () => {
    const alone = join(folder, 'alone');
    for (const config of configs) await makePart(alone, config, TRAINED);

    const together = await RunFolder.open(join(folder, 'together'), 'frill study run', options);
    const [begun] = STUDENTS;
    // Some steps of it were made before, and a checkpoint is there.
    await makePart(together.path, configs[0], 0);
    expect((await readdir(join(together.studentFolder(begun), 'training'))).join()).toContain('checkpoint-');

    // Known, the forecast needs no trials.
    const secondsOf = Object.fromEntries(STUDENTS.map((name) => [name, 1]));
    const known = { at: new Date().toISOString(), workers: 1, seconds: 2, diskBytes: 0, memoryBytes: 0 };
    await together.addForecast({ ...known, secondsOf, partsOf: {} });
    const said: string[] = [];
    process.env.FRILL_TOKEN = 'token';
    const making = makeStudents({
      session: {
        folder: together,
        progress: { ...silent, say: (line) => said.push(line) },
        signal: new AbortController().signal,
      },
      options,
      tasksFile,
      data,
      targetWidth: (await openRepresentation('log-mel-statistics')).dimension,
      students: configs,
      evaluationClips: 1,
    });
    const until = async (isTime: () => boolean) => {
      while (!isTime()) await Promise.race([sleep(20), making.then(() => expect.fail('the study is over'))]);
    };
    await until(() => said.join().includes('study work'));
    const helpers = [help('one'), help('another')];
    onTestFailed(() =>
      console.error([said.join('\n'), ...helpers.map(({ heard }) => heard.said)].join('\n\n')),
    );
    const hasBegun = ({ heard }: FrillProcess) => heard.said.includes(': begun');
    await until(() => helpers.some(hasBegun));
    const doomed = helpers.find(hasBegun);
    doomed?.child.kill('SIGKILL');
    await making;
    const [other] = helpers.filter((helper) => helper !== doomed);
    expect(await other.ended).toBe(0);
    expect(other.heard.said).toContain('no work is left');

    expect((await together.students()).map(({ name }) => name).toSorted()).toEqual(STUDENTS);
    expect(await together.failures()).toEqual([]);
    expect(await weightsOf(together.path)).toEqual(await weightsOf(alone));
    expect(helpers.map(({ heard }) => heard.said).join('\n')).toMatch(
      /tiny-0\.5-gap: going on from step \d+ of 40/,
    );
    expect(said.join('\n')).not.toContain('secret');
  }, 900_000);
});
