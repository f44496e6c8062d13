import { appendFile, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { contentName } from './content-name.js';
import { DiskError } from './disk-error.js';
import { appendRecord, readRecords } from './json-lines.js';
import { lockFolder } from './lock.js';
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

test('equal content has one name whatever the order of keys', () => {
  expect(contentName({ a: 1, b: { c: 2, d: 3 } })).toBe(contentName({ b: { d: 3, c: 2 }, a: 1 }));
  expect(contentName({ a: 1 })).not.toBe(contentName({ a: 2 }));
});
