import { spawn } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { contentName } from './content-name.js';
import { DiskError } from './disk-error.js';
import { appendRecord, readRecords } from './json-lines.js';
import { folderOwner, lockFolder } from './lock.js';
import { writeWhole, writeWholeWith } from './whole-file.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frill-run-'));
});

test('a write that fails leaves the old file and nothing else', async () => {
  const path = join(folder, 'below', 'result.json');
  await writeWhole(path, 'old');
  const failing = writeWholeWith(path, async (file) => {
    await file.write('half of the new');
    throw new Error('killed');
  });
  await expect(failing).rejects.toThrow('killed');
  expect(await readFile(path, 'utf8')).toBe('old');
  expect(await readdir(join(folder, 'below'))).toEqual(['result.json']);
});

test('a full disk is said in words', async () => {
  await expect(writeWhole('/dev/full/x', 'text')).rejects.toThrow();
  const failing = writeWholeWith(join(folder, 'x'), async () => {
    throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
  });
  await expect(failing).rejects.toThrow('the disk is full');
});

test.skipIf(process.platform !== 'linux')('a record that finds no room is an error of the disk', async () => {
  const path = join(folder, 'results.jsonl');
  await symlink('/dev/full', path);
  const failing = appendRecord(path, { step: 1 });
  await expect(failing).rejects.toThrow(DiskError);
  await expect(failing).rejects.toThrow(`${path}: the disk is full`);
});

test('records survive a line cut off by a kill', async () => {
  const path = join(folder, 'results.jsonl');
  const record = z.object({ step: z.number() });
  expect(await readRecords(path, record.parse)).toEqual([]);
  await appendRecord(path, { step: 1 });
  await appendRecord(path, { step: 2 });
  await appendFile(path, '{"step": 3');
  expect(await readRecords(path, record.parse)).toEqual([{ step: 1 }, { step: 2 }]);
  await appendRecord(path, { step: 4 });
  expect(await readRecords(path, record.parse)).toEqual([{ step: 1 }, { step: 2 }, { step: 4 }]);
});

test('a folder has one run, and the lock of a dead process is taken over', async () => {
  const release = await lockFolder(folder);
  await release();
  await writeFile(join(folder, '.lock'), '999999999');
  await (await lockFolder(folder))();
  await writeFile(join(folder, '.lock'), String(process.ppid));
  await expect(lockFolder(folder)).rejects.toThrow(`process ${process.ppid}`);
});

test('of processes that find the lock of a dead one, one gets the folder', { timeout: 60_000 }, async () => {
  const script = `
    const { lockFolder } = await import(${JSON.stringify(new URL('./lock.ts', import.meta.url).href)});
    process.stdout.write('ready\\n');
    process.stdin.once('data', async () => {
      const got = await lockFolder(process.argv[1]).then(() => 'got it', (error) => error.message);
      process.stdout.write(got + '\\n');
    });`;
  const contenders = Array.from({ length: 4 }, () => {
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, folder]);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return { child, line: async (): Promise<string> => (await lines.next()).value };
  });
  try {
    for (const { line } of contenders) expect(await line()).toBe('ready');
    await writeFile(join(folder, '.lock'), '999999999');
    for (const { child } of contenders) child.stdin.write('go');
    const answers = await Promise.all(contenders.map(({ line }) => line()));
    const owner = contenders[answers.indexOf('got it')]?.child.pid;
    expect(answers.filter((answer) => answer === 'got it')).toHaveLength(1);
    expect(answers.filter((answer) => answer.includes(`(process ${owner})`))).toHaveLength(3);
    expect(await folderOwner(folder)).toBe(owner);
    expect(await readdir(folder)).toEqual(['.lock']);
  } finally {
    for (const { child } of contenders) child.kill('SIGKILL');
  }
});

test('a release leaves the lock of another, and locking removes what killed processes left unfinished', async () => {
  const names = ['results.json.0123abcd.part', 'mine.part', 'results.json'];
  for (const name of names) await writeFile(join(folder, name), '');
  const release = await lockFolder(folder);
  expect((await readdir(folder)).sort()).toEqual(['.lock', 'mine.part', 'results.json']);
  await writeFile(join(folder, '.lock'), `${process.ppid} 0123abcd`);
  await release();
  expect(await folderOwner(folder)).toBe(process.ppid);
});

test('equal content has one name whatever the order of keys', () => {
  expect(contentName({ a: 1, b: { c: 2, d: 3 } })).toBe(contentName({ b: { d: 3, c: 2 }, a: 1 }));
  expect(contentName({ a: 1 })).not.toBe(contentName({ a: 2 }));
});
