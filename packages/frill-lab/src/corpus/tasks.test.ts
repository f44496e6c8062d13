import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withShared } from '../../../../testing/shared.js';
import { loadTasks, loadTasksToJudgeBy } from './tasks.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frill-tasks-'));
  const rows = ['path,word,speaker'];
  for (let i = 0; i < 24; i++) {
    await writeFile(join(folder, `${i}.wav`), '');
    rows.push(`${i}.wav,${i % 2 ? 'yes' : 'no'},s${i >> 1}`);
  }
  rows.push('gone.wav,yes,s0');
  await writeFile(join(folder, 'metadata.csv'), rows.join('\n'));
  await writeFile(join(folder, 'header.csv'), `${rows[0]}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const task = {
  name: 'word',
  corpus: 'words',
  label: 'word',
  speaker: 'speaker',
  split: { by: 'group', group: 'speaker' },
};

async function tasksFile(content: unknown): Promise<string> {
  const path = join(folder, 'tasks.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

test('a tasks file gives tasks, speech to distil on that no task tests, and what was skipped', async () => {
  const path = await tasksFile({ corpora: { words: { manifest: 'metadata.csv' } }, tasks: [task] });
  const { corpora, tasks, distillation, warnings } = await loadTasks(path);
  expect(corpora.map(({ name, clips }) => [name, clips.length])).toEqual([['words', 24]]);
  expect(tasks[0].splitting.classes).toEqual(['no', 'yes']);
  const [fold] = tasks[0].splitting.folds;
  const tested = fold.test.map((index) => tasks[0].clips[index].id);
  expect(tested.length).toBeGreaterThan(0);
  expect(distillation).toHaveLength(24 - tested.length);
  expect(distillation.filter(({ id }) => tested.includes(id))).toEqual([]);
  expect(warnings).toEqual([
    `${join(folder, 'metadata.csv')}, line 26: gone.wav skipped: the file does not exist: ${join(folder, 'gone.wav')}`,
  ]);
  await expect(loadTasks(path, { strict: true })).rejects.toThrow('line 26');
});

const corpora = { words: { manifest: 'metadata.csv' } };
test.each([
  ['broken JSON', '{"corpora": ', 'not JSON'],
  [
    'an unknown corpus',
    { corpora, tasks: [{ ...task, corpus: 'others' }] },
    "tasks.0.corpus: 'others' is not",
  ],
  ['two tasks of one name', { corpora, tasks: [task, task] }, "tasks.1.name: 'word' is used twice"],
  ['a misspelt field', { corpora, tasks: [{ ...task, lable: 'x' }] }, 'tasks.0: Unrecognized key: "lable"'],
  ['an unknown column', { corpora, tasks: [{ ...task, label: 'mood' }] }, "uses column 'mood'"],
  [
    'a filter that keeps nothing',
    { corpora: { words: { manifest: 'metadata.csv', where: { word: 'maybe' } } }, tasks: [task] },
    'no usable clips',
  ],
  [
    'a manifest without rows',
    { corpora: { words: { manifest: 'header.csv' } }, tasks: [task] },
    'header.csv: no usable clips. It has no rows below its header',
  ],
])('%s is refused', async (_title, content, message) => {
  await expect(loadTasks(await tasksFile(content))).rejects.toThrow(message);
});

test('a file without tasks is speech to distil on, but nothing to judge by', async () => {
  const path = await tasksFile({ corpora, tasks: [] });
  expect((await loadTasks(path)).distillation).toHaveLength(24);
  await expect(loadTasksToJudgeBy(path)).rejects.toThrow(`${path}: it names no task`);
});

test('a corpus that is not there says how to get it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'frill-tasks-'));
  const file = join(folder, 'tasks.json');
  const corpora = { emotion: { manifest: 'absent/metadata.csv', obtain: 'Run ./fetch.sh' } };
  await writeFile(file, JSON.stringify({ corpora, tasks: [] }));
  await expect(loadTasks(file)).rejects.toThrow(
    /absent\/metadata\.csv: the corpus 'emotion' is not on this machine\. Run \.\/fetch\.sh/,
  );
});

withShared('the real-audio example', 'data', () => {
  test('has six tasks with the classes of its data sets, and more than an hour of speech to distil on', async () => {
    const path = fileURLToPath(new URL('../../../../examples/real-audio/tasks.json', import.meta.url));
    const { tasks, distillation, warnings } = await loadTasks(path, { strict: true });
    const shape = tasks.map(({ name, clips, splitting: { classes, folds } }) => [
      name,
      clips.length,
      classes.length,
      folds.length,
    ]);
    expect(shape).toEqual([
      ['emotion', 535, 7, 1],
      ['keyword', 1680, 8, 1],
      ['arabic-keyword', 1440, 12, 1],
      ['speaker', 1440, 30, 1],
      ['language', 906, 10, 1],
      ['environment', 400, 10, 5],
    ]);
    expect(warnings).toEqual([]);
    const seconds = distillation.reduce((sum, { labels }) => sum + Number(labels.seconds), 0);
    expect(seconds).toBeGreaterThan(3600);
  });
});
