import { mkdir, mkdtemp, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exampleResults } from '../../../../../testing/study-results.js';
import { RunFolder } from './run-folder.js';
import { newestRun, studyStatus } from './status.js';
import { studyOptionsSchema } from './study-options.js';

const { students, latency } = exampleResults('builtin');
const [first, second, third, fourth] = students;
const options = studyOptionsSchema.parse({ students: students.map(({ name }) => name).join(',') });

/** A process that is alive as long as this test: its parent. */
const ALIVE = String(process.ppid);

async function run(below?: string, name = 'study-a') {
  const path = join(below ?? (await mkdtemp(join(tmpdir(), 'frill-status-'))), name);
  return RunFolder.open(path, 'frill study run --out here', options);
}

const MACHINE = {
  machine: 'attic/17',
  version: '1',
  at: '2026-01-01T00:00:00Z',
  workers: 2,
  running: { 'tiny-1-gap': { fraction: 0.5, note: 'training' } },
};

test('a run is running while its process lives, and stopped when it is gone', async () => {
  const folder = await run();
  await folder.addStudent(first);
  await folder.addFailure(third.name, 'no memory');
  const running = { [second.name]: { fraction: 0.4, note: 'step 60' } };
  await folder.writeNow({ at: new Date().toISOString(), running, secondsLeft: 360, machines: [MACHINE] });
  await writeFile(folder.file('.lock'), ALIVE);
  expect(await studyStatus(folder.path)).toMatchObject({
    state: 'running',
    done: [first.name],
    running: [{ name: second.name, fraction: 0.4 }],
    stopped: [],
    failures: [{ student: third.name }],
    secondsLeft: 360,
    machines: [MACHINE],
  });
  // No process has this number: it is beyond the largest one.
  await writeFile(folder.file('.lock'), '2147483646');
  const status = await studyStatus(folder.path);
  expect(status).toMatchObject({
    state: 'stopped',
    running: [],
    stopped: [{ name: second.name, fraction: 0.4, note: 'step 60' }],
    secondsLeft: undefined,
    command: 'frill study run --out here',
  });
  expect(status.waiting).toContain(fourth.name);
  expect(status.waiting).not.toContain(second.name);
});

test('what an earlier session was at is not taken for what the present one does', async () => {
  const folder = await run();
  const running = { [second.name]: { fraction: 0.4, note: '' } };
  await folder.writeNow({ at: '2026-01-01T00:00:00Z', running, secondsLeft: 360 });
  await writeFile(folder.file('.lock'), ALIVE);
  expect(await studyStatus(folder.path)).toMatchObject({
    state: 'running',
    running: [],
    secondsLeft: undefined,
  });
});

test('a run is finished when every student is made and measured', async () => {
  const folder = await run();
  for (const student of students) await folder.addStudent(student);
  const machine = { referenceMs: 1, othersCores: 0, stolen: 0 };
  const record = { measurement: 'm', entry: 0, round: 0, reloadMs: 5, samples: [1], machine };
  await (await folder.roundStore()).add(record);
  expect(await studyStatus(folder.path)).toMatchObject({
    state: 'stopped',
    latency: { made: 1, of: 2 * students.length * options.rounds },
  });
  await folder.writeJson('latency.json', latency);
  expect((await studyStatus(folder.path)).state).toBe('finished');
});

test('students that are added later are waited for', async () => {
  const folder = await run();
  await RunFolder.open(folder.path, 'frill study run', { ...options, students: 'grid' });
  expect((await studyStatus(folder.path)).waiting).toHaveLength(144);
});

test('the run that is meant is the newest with results, or one that is running', async () => {
  const below = await mkdtemp(join(tmpdir(), 'frill-runs-'));
  await expect(newestRun('live', below)).rejects.toThrow(/no study/);
  await mkdir(join(below, 'not-a-run'));
  const runs = [];
  for (const [index, name] of ['old', 'new', 'empty'].entries()) {
    const folder = await run(below, name);
    await (await folder.startSession()).stop('finished');
    await utimes(folder.file('sessions.jsonl'), 1000 + index, 1000 + index);
    if (name !== 'empty') await folder.addStudent(first);
    runs.push(folder);
  }
  expect(await newestRun('results', below)).toBe(join(below, 'new'));
  expect(await newestRun('live', below)).toBe(join(below, 'new'));
  await writeFile(runs[2].file('.lock'), ALIVE);
  expect(await newestRun('live', below)).toBe(join(below, 'empty'));
  expect(await newestRun('results', below)).toBe(join(below, 'new'));
});
