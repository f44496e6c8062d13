import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { DiskError } from '../../../run/disk-error.js';
import { runJobs } from './worker-pool.js';
import { answerTo } from './worker-side.js';

/** A worker in plain JavaScript that speaks the pool's protocol and does as it is told. */
const SCRIPT = `
let last = false;
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));
process.on('message', ({ kind, payload }) => {
  if (kind === 'stop' && last) return process.send({ kind: 'done', result: 'made' });
  if (kind === 'stop') { process.send({ kind: 'failed', reason: 'stopped' }); return process.exit(0); }
  if (payload === 'crash') process.kill(process.pid, 'SIGKILL');
  else if (payload === 'full') process.send({ kind: 'disk', error: { what: 'the disk is full', where: 'runs/a' } });
  else if (payload === 'fail') process.send({ kind: 'failed', reason: 'as told' });
  else if (payload === 'last') { last = true; process.send({ kind: 'say', line: 'almost' }); }
  else if (payload !== 'hang') process.send({ kind: 'done', result: payload * 2 });
});`;

function entry(): URL {
  const file = join(mkdtempSync(join(tmpdir(), 'frill-pool-')), 'worker.mjs');
  writeFileSync(file, SCRIPT);
  return pathToFileURL(file);
}

function record() {
  const done = new Map<string, unknown>();
  const failed = new Map<string, string>();
  return {
    done,
    failed,
    onDone: async (name: string, result: unknown) => void done.set(name, result),
    onFailed: async (name: string, reason: string) => void failed.set(name, reason),
  };
}

test('a job that fails and a process that dies stop no other job', async () => {
  const seen = record();
  const payloads = [1, 'fail', 2, 'crash', 3, 'crash', 4];
  const jobs = payloads.map((payload, index) => ({ name: `${index}`, payload }));
  await runJobs({ entry: entry(), workers: 2, jobs, ...seen });
  expect([...seen.done.values()].sort()).toEqual([2, 4, 6, 8]);
  expect(seen.failed.get('1')).toBe('as told');
  expect(seen.failed.get('3')).toMatch(/killed/);
  expect(seen.failed.size).toBe(3);
});

test('workers that cannot be started have failed their jobs', async () => {
  const seen = record();
  const jobs = [1, 2, 3].map((payload) => ({ name: `${payload}`, payload }));
  const { execPath } = process;
  process.execPath = join(tmpdir(), 'no-such-node');
  try {
    await runJobs({ entry: entry(), workers: 2, jobs, ...seen });
  } finally {
    process.execPath = execPath;
  }
  expect(seen.failed.size).toBe(3);
  expect(seen.failed.get('1')).toMatch(/the worker process broke: .*ENOENT/);
});

test('stopping ends the workers and reports nothing as failed', async () => {
  const seen = record();
  const stopping = new AbortController();
  const jobs = [
    { name: 'a', payload: 'hang' },
    { name: 'b', payload: 1 },
  ];
  const running = runJobs({
    entry: entry(),
    workers: 1,
    jobs,
    ...seen,
    onStart: () => setTimeout(() => stopping.abort(new Error('enough')), 200),
    signal: stopping.signal,
  });
  await expect(running).rejects.toThrow('enough');
  expect(seen.failed.size + seen.done.size).toBe(0);
});

test('a job that ends while the others are stopped is done', async () => {
  const seen = record();
  const stopping = new AbortController();
  const jobs = [{ name: 'a', payload: 'last' }];
  const running = runJobs({
    entry: entry(),
    workers: 1,
    jobs,
    ...seen,
    onSay: () => stopping.abort(new Error('enough')),
    signal: stopping.signal,
  });
  await expect(running).rejects.toThrow('enough');
  expect([...seen.done]).toEqual([['a', 'made']]);
});

test('a full disk stops all jobs, and is no failure of theirs', async () => {
  const seen = record();
  const jobs = [1, 'full', 'hang', 2].map((payload, index) => ({ name: `${index}`, payload }));
  const running = runJobs({ entry: entry(), workers: 2, jobs, ...seen });
  await expect(running).rejects.toThrow(DiskError);
  await expect(running).rejects.toThrow('runs/a: the disk is full');
  expect(seen.failed.size).toBe(0);
  expect(seen.done.get('3')).toBeUndefined();
});

test('a result that cannot be recorded stops the other workers too', async () => {
  const jobs = [1, 'hang'].map((payload, index) => ({ name: `${index}`, payload }));
  const onDone = () => Promise.reject(new DiskError({ what: 'the disk is full' }));
  await expect(runJobs({ entry: entry(), workers: 2, jobs, ...record(), onDone })).rejects.toThrow(DiskError);
});

test('a worker tells a full disk from a failure of its own', () => {
  const error = new DiskError({ what: 'the disk is full', where: 'a', remedy: 'free some' });
  expect(answerTo(error)).toEqual({
    kind: 'disk',
    error: { what: 'the disk is full', where: 'a', remedy: 'free some' },
  });
  expect(answerTo(new Error('odd'))).toMatchObject({
    kind: 'failed',
    reason: expect.stringContaining('odd'),
  });
});
