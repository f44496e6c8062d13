/** When a machine that helps is let in and when it leaves, on a real Redis. */
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { freePort } from '../../../../../testing/frill-processes.js';
import { hasRedis, type RedisServer, startRedis } from '../../../../../testing/redis-server.js';
import { providerOf } from '../../engine/ort/provider.js';
import { parseStudentName } from '../../models/student-config.js';
import { silent } from '../../run/progress.js';
import { studyOptionsSchema } from '../runner/study-options.js';
import { serveFiles } from './file-server.js';
import { helpStudy } from './help-study.js';
import { openQueue, openQueueWorker } from './job-queue.js';
import { jobSchema } from './jobs.js';
import { parcelSchema } from './parcel.js';

const JOB = jobSchema.parse({
  kind: 'make',
  options: studyOptionsSchema.parse({}),
  data: { features: 'f', targets: 't' },
  config: parseStudentName('tiny-1-gap'),
  threads: 1,
  marks: [0.5, 0.9],
});

const canRun = hasRedis();
const title = canRun ? 'leaving' : 'leaving (skipped: redis-server is absent)';
(canRun ? describe : describe.skip)(title, () => {
  let folder: string;
  let redis: RedisServer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'frill-help-'));
    redis = await startRedis({ folder });
  });
  afterAll(() => redis.kill());

  /** A study of one queued student, and by default a file that cannot be fetched. */
  async function begun(
    study: string,
    files = [{ hash: 'a'.repeat(64), bytes: 1, place: 'a.bin' }],
    more = {},
    port = 0,
  ) {
    const parcel = parcelSchema.parse({ format: 1, version: '1', study, files, ...more });
    const options = {
      parcel,
      files: [],
      token: 'token',
      run: join(folder, study),
    };
    const server = await serveFiles(options, '127.0.0.1', port);
    const queue = openQueue(redis.address, study);
    await queue.add('student', JOB, { jobId: 'tiny-1-gap' });
    return { server, queue, from: `http://127.0.0.1:${server.port}/token` };
  }

  /** Another machine that makes what is queued. */
  async function make(study: string): Promise<void> {
    const worker = openQueueWorker(redis.address, study, 1, async () => 'made');
    const made = new Promise((resolve) => worker.once('completed', resolve));
    const run = worker.run();
    await made;
    await worker.close();
    await run;
  }

  function help(from: string, untilDone: boolean, signal: AbortSignal, say: (line: string) => void) {
    const progress = { ...silent, say };
    const machine = { folder: join(folder, 'machine'), workers: 1, version: '1' };
    return helpStudy({ ...machine, queue: redis.address, from, untilDone, progress, signal });
  }

  it('with --until-done a machine ends well although the study was over before it had all files', async () => {
    const { server, queue, from } = await begun('over');
    const said: string[] = [];
    const helping = help(from, true, new AbortController().signal, (line) => said.push(line));
    // It is let in: it has its folder, and asks for the file again and again.
    while (!existsSync(join(folder, 'machine/over'))) await sleep(10);
    await make('over');
    await server.close();
    await helping;
    expect(said).toEqual(['no work is left']);
    await queue.close();
  });

  it('goes on with what follows, and leaves when that is over', async () => {
    const port = await freePort();
    const first = await begun('first', undefined, { follows: true }, port);
    const said: string[] = [];
    const helping = help(first.from, true, new AbortController().signal, (line) => said.push(line));
    while (!existsSync(join(folder, 'machine/first'))) await sleep(10);
    await make('first');
    await first.server.close();
    const second = await begun('second', undefined, {}, port);
    while (!existsSync(join(folder, 'machine/second'))) await sleep(10);
    await make('second');
    await helping;
    expect(said).toContain('waiting for what follows');
    expect(said.at(-1)).toBe('no work is left');
    await second.server.close();
    for (const { queue } of [first, second]) await queue.close();
  });

  it('without a GPU a machine is refused where the study has one', async () => {
    const hasGpu = await providerOf('gpu').then(
      () => true,
      () => false,
    );
    if (hasGpu) return;
    const { server, queue, from } = await begun('gpu', [], { device: 'gpu' });
    const helping = help(from, true, new AbortController().signal, () => {});
    await expect(helping).rejects.toThrow(/onnxruntime finds no GPU that computes here/);
    await server.close();
    await queue.close();
  });

  it('without it, a machine waits for the study to come back, until it is stopped', async () => {
    const { server, queue, from } = await begun('back');
    await make('back');
    const stopping = new AbortController();
    let hasEnded = false;
    const helping = help(from, false, stopping.signal, () => {}).finally(() => {
      hasEnded = true;
    });
    await sleep(2500);
    expect(hasEnded).toBe(false);
    stopping.abort();
    await expect(helping).rejects.toThrow(/abort/i);
    await server.close();
    await queue.close();
  });

  it('while Redis is away, a machine that is stopped leaves all the same', async () => {
    const { server, queue, from } = await begun('away', []);
    const stopping = new AbortController();
    let isIn = () => {};
    const waiting = new Promise<void>((resolve) => {
      isIn = resolve;
    });
    const helping = help(from, false, stopping.signal, (line) => line.startsWith('waiting') && isIn());
    await waiting;
    await redis.kill();
    stopping.abort();
    await helping;
    await redis.restart();
    await server.close();
    await queue.close();
  });
});

test('without a study there, or without a Redis address, a machine is refused with what to do', async () => {
  const machine = { folder: 'nowhere', workers: 1, version: '1', untilDone: true, progress: silent };
  const from = 'http://127.0.0.1:1/x';
  const signal = new AbortController().signal;
  await expect(helpStudy({ ...machine, queue: 'redis://127.0.0.1:1', from, signal })).rejects.toThrow(
    /no file server answers.*Check the address/s,
  );
  expect(() => openQueue('http://127.0.0.1', 'study')).toThrow(/redis:\/\/HOST/);
});
