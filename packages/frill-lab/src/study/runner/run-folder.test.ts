import { appendFile, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { exampleResults } from '../../../../../testing/study-results.js';
import { RunFolder } from './run-folder.js';
import { studyOptionsSchema } from './study-options.js';

const options = studyOptionsSchema.parse({});
const { students } = exampleResults('builtin');

async function newFolder() {
  return mkdtemp(join(tmpdir(), 'frill-study-'));
}

test('a folder is continued by the same study and refused by another', async () => {
  const path = await newFolder();
  const folder = await RunFolder.open(path, 'frill study run', options);
  await folder.addStage({ name: 'teacher', seconds: 1, note: '' });
  await RunFolder.open(path, 'frill study run', { ...options, students: 'grid', workers: 7 });
  await expect(RunFolder.open(path, 'frill study run', { ...options, steps: 3 })).rejects.toThrow(
    /holds another study \(steps \d+ instead of 3\)/,
  );
});

test('tasks may be named by another spelling of their path', async () => {
  const path = await newFolder();
  const tasks = join('examples', 'real-audio', 'tasks.json');
  const folder = await RunFolder.open(path, 'frill study run', { ...options, tasks });
  await folder.addStage({ name: 'teacher', seconds: 1, note: '' });
  const respelt = resolve('examples', 'many-machines', '..', 'real-audio', 'tasks.json');
  await RunFolder.open(path, 'frill study run', { ...options, tasks: respelt });
  await expect(RunFolder.open(path, 'frill study run', { ...options, tasks: 'other.json' })).rejects.toThrow(
    /holds another study \(tasks /,
  );
});

test('a folder in which nothing was made yet takes other options', async () => {
  const path = await newFolder();
  const misspelt = await RunFolder.open(path, 'frill study run', { ...options, teacher: 'yamet.tflite' });
  await misspelt.addStage({ name: 'corpus', seconds: 1, note: '' });
  const folder = await RunFolder.open(path, 'frill study run', { ...options, teacher: 'yamnet.tflite' });
  expect((await folder.run())?.options.teacher).toBe('yamnet.tflite');
});

test('changed tasks or another teacher under the same path are refused once something was made of the first', async () => {
  const folder = await RunFolder.open(await newFolder(), 'frill study run', options);
  await folder.remember('tasks', 'misspelt');
  await folder.remember('tasks', 'first');
  await folder.remember('teacher', 'first');
  await folder.addStage({ name: 'teacher', seconds: 1, note: '' });
  await folder.remember('tasks', 'first');
  await expect(folder.remember('tasks', 'second')).rejects.toThrow(/labels, splits or audio.* changed/);
  await expect(folder.remember('teacher', 'second')).rejects.toThrow(
    /the teacher .* changed.*another folder/s,
  );
});

test('a damaged run.json is said in words', async () => {
  const path = await newFolder();
  await writeFile(join(path, 'run.json'), '{"format": 1, "comm');
  await expect(new RunFolder(path).run()).rejects.toThrow(/run\.json: this file of a study is damaged/);
});

test('a record cut off by a kill is dropped, the others stay', async () => {
  const folder = await RunFolder.open(await newFolder(), 'frill study run', options);
  await folder.addStudent(students[0]);
  await appendFile(folder.file('students.jsonl'), '{"name":"half a stu');
  expect((await folder.students()).map(({ name }) => name)).toEqual([students[0].name]);
  await folder.addStudent(students[1]);
  expect(await folder.students()).toEqual(students.slice(0, 2));
});

test('a record of an earlier version is refused, with what it lacks', async () => {
  const folder = await RunFolder.open(await newFolder(), 'frill study run', options);
  const { peakBytes: _, timings, ...earlier } = students[0];
  const { probes: __, ...old } = timings;
  await appendFile(folder.file('students.jsonl'), `${JSON.stringify({ ...earlier, timings: old })}\n`);
  await expect(folder.students()).rejects.toThrow(
    /students\.jsonl: a record .* of another version of frill.*timings\.probes, peakBytes.*Choose another folder/s,
  );
});

test('a failure counts until the student is made', async () => {
  const folder = await RunFolder.open(await newFolder(), 'frill study run', options);
  await folder.addFailure(students[0].name, 'first');
  await folder.addFailure(students[0].name, 'second');
  await folder.addFailure(students[1].name, 'other');
  expect((await folder.failures()).map(({ reason }) => reason)).toEqual(['second', 'other']);
  await folder.addStudent(students[0]);
  expect((await folder.failures()).map(({ student }) => student)).toEqual([students[1].name]);
});
