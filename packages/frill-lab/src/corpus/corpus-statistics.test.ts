import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { random } from '../tensor/random.js';
import { describeCorpora } from './corpus-statistics.js';
import { loadTasks } from './tasks.js';
import { encodeWav } from './wav-file.js';

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frill-statistics-'));
  const rows = ['path,word,speaker,side,seconds'];
  for (let i = 0; i < 12; i++) {
    const stream = random(`clip ${i}`);
    const bytes = encodeWav(Float32Array.from({ length: 8_000 }, () => 0.1 * stream.normal()));
    await writeFile(join(folder, `${i}.wav`), bytes);
    rows.push(
      `${i}.wav,${i % 2 ? 'yes' : 'no'},s${i},${i < 6 ? 'train' : i < 8 ? 'validation' : 'test'},0.5`,
    );
    // The first training clip comes again in the test, under another name.
    if (i === 0) {
      await writeFile(join(folder, 'twin.wav'), bytes);
      rows.push('twin.wav,no,s99,test,0.5');
    }
  }
  await writeFile(join(folder, 'broken.wav'), 'not audio at all');
  rows.push('broken.wav,yes,s50,train,0.5');
  await writeFile(join(folder, 'metadata.csv'), rows.join('\n'));
  path = join(folder, 'tasks.json');
  const split = { by: 'column', column: 'side' };
  const task = { name: 'word', corpus: 'words', label: 'word', speaker: 'speaker', split };
  await writeFile(path, JSON.stringify({ corpora: { words: { manifest: 'metadata.csv' } }, tasks: [task] }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('clips, hours, speakers and classes are counted; what cannot be read is listed', async () => {
  const { corpora, tasks } = await loadTasks(path);
  const statistics = await describeCorpora(corpora, tasks);
  const [words] = statistics.corpora;
  expect(words).toMatchObject({ name: 'words', clips: 14, speakers: 14 });
  expect(words.labels.word).toEqual({ no: 7, yes: 7 });
  expect(words.hours).toBeCloseTo((13 * 0.5) / 3600, 10);
  expect(words.unreadable.map(({ id }) => id)).toEqual(['words/broken.wav']);
  const [, , tested] = statistics.tasks[0].sides;
  expect(tested).toMatchObject({ side: 'test', clips: 5, speakers: 5, smallestClass: 2, largestClass: 3 });
});

test('a sound that is trained on and tested on is found, whatever its name', async () => {
  const { corpora, tasks } = await loadTasks(path);
  const statistics = await describeCorpora(corpora, tasks);
  expect(statistics.corpora[0].duplicates).toEqual([['words/0.wav', 'words/twin.wav']]);
  expect(statistics.tasks[0].leaks).toEqual([
    { fold: 'official', trained: 'words/0.wav', tested: 'words/twin.wav' },
  ]);
});

test('strict refuses a clip that cannot be read, and a sound on two sides', async () => {
  const { corpora, tasks } = await loadTasks(path);
  await expect(describeCorpora(corpora, tasks, { strict: true })).rejects.toThrow(
    `${join(folder, 'broken.wav')}: not audio`,
  );
  const readable = corpora.map(({ name, clips }) => ({
    name,
    clips: clips.filter(({ id }) => id !== 'words/broken.wav'),
  }));
  await expect(describeCorpora(readable, tasks, { strict: true })).rejects.toThrow(
    "task 'word': the test clip words/twin.wav of fold official has the same audio as the training clip words/0.wav",
  );
});

test('quick counts by the column of seconds and reads nothing', async () => {
  const { corpora, tasks } = await loadTasks(path);
  const [words] = (await describeCorpora(corpora, tasks, { quick: true })).corpora;
  expect(words.hours).toBeCloseTo((14 * 0.5) / 3600, 10);
  expect(words.unreadable).toEqual([]);
  const untold = corpora.map((corpus) => ({
    ...corpus,
    clips: corpus.clips.map((clip) => ({ ...clip, labels: {} })),
  }));
  await expect(describeCorpora(untold, tasks, { quick: true })).rejects.toThrow('has no column `seconds`');
});
