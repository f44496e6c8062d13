import { appendFile, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exampleResults } from '../../../../../testing/study-results.js';
import { readSessions, startSession } from './sessions.js';

const [first, second, third] = exampleResults('builtin').students;
const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 10, minute)).toISOString();
const newFolder = () => mkdtemp(join(tmpdir(), 'frill-sessions-'));

test('a session that falls silent was killed; each counts what it found and what it made', async () => {
  const folder = await newFolder();
  const file = join(folder, 'sessions.jsonl');
  const ticks = [
    { session: 'a', at: at(0), seconds: 0 },
    { session: 'a', at: at(1), seconds: 60 },
    { session: 'b', at: at(5), seconds: 0 },
    { session: 'b', at: at(8), seconds: 180, end: 'finished' },
  ];
  await writeFile(file, ticks.map((tick) => `${JSON.stringify(tick)}\n`).join(''));
  const made = [
    { ...first, finished: at(1) },
    { ...second, finished: at(6) },
    { ...third, finished: at(7) },
  ];
  expect(await readSessions(folder, file, made)).toEqual([
    { started: at(0), lastSeen: at(1), seconds: 60, end: 'killed', studentsBefore: 0, studentsMade: 1 },
    { started: at(5), lastSeen: at(8), seconds: 180, end: 'finished', studentsBefore: 1, studentsMade: 2 },
  ]);
});

test('the last session of a folder whose process lives is running', async () => {
  const folder = await newFolder();
  const file = join(folder, 'sessions.jsonl');
  await appendFile(file, `${JSON.stringify({ session: 'a', at: at(0), seconds: 0 })}\n`);
  await writeFile(join(folder, '.lock'), String(process.ppid));
  expect((await readSessions(folder, file, [])).map(({ end }) => end)).toEqual(['running']);
});

test('a session says how it ended, by its last word', async () => {
  const folder = await newFolder();
  const file = join(folder, 'sessions.jsonl');
  const clock = await startSession(file);
  await clock.tick('finished');
  await clock.stop('failed');
  expect((await readSessions(folder, file, [])).map(({ end }) => end)).toEqual(['failed']);
});
