import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { silent } from '../../run/progress.js';
import { openLog, resumptions } from './log.js';

test('what is said is kept with its time, and a second session goes on below', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'frill-log-')), 'log.txt');
  const said: string[] = [];
  const log = openLog(file, { ...silent, say: (line) => void said.push(line) });
  log.note('session 1: frill study run');
  const step = log.start('students', 2, 'students');
  step.advance(1, 'too soon to be noted');
  step.finish('both made');
  openLog(file, silent).say('1 of 2 students are there already');
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  for (const line of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}/);
  expect(lines.map((line) => line.slice(22))).toEqual([
    'session 1: frill study run',
    'students: 2 students, both made',
    '1 of 2 students are there already',
  ]);
  expect(said).toEqual([]);
  expect((await resumptions({ file: () => file })).map((line) => line.slice(22))).toEqual([
    'session 1: frill study run',
    '1 of 2 students are there already',
  ]);
});

test('a log that cannot be written stops nothing', () => {
  const said: string[] = [];
  openLog('/nowhere/log.txt', { ...silent, say: (line) => void said.push(line) }).say('on');
  expect(said).toEqual(['on']);
});
