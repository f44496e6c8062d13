import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { openConsole } from './console.js';
import { trainingClips } from './training-clips.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frill-clips-'));
  await mkdir(join(folder, 'audio'));
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f'])
    await writeFile(join(folder, 'audio', `${name}.wav`), '');
  const sides = ['train', 'train', 'validation', 'validation', 'test', 'test'];
  const rows = sides.map((side, i) => `${'abcdef'[i]}.wav,${i % 2 ? 'yes' : 'no'},${side}`);
  await writeFile(join(folder, 'clips.csv'), `path,word,side\n${rows.join('\n')}\n`);
  const split = { by: 'column', column: 'side' };
  const task = { name: 'word', corpus: 'words', label: 'word', split };
  const corpora = { words: { manifest: 'clips.csv', audio: 'audio' } };
  await writeFile(join(folder, 'words.json'), JSON.stringify({ corpora, tasks: [task] }));
});

async function chosen(corpus: readonly string[], tasks: readonly string[]) {
  const console = openConsole({ json: true });
  const said: string[] = [];
  const clips = await trainingClips(
    {
      corpus: corpus.map((name) => join(folder, name)),
      tasks: tasks.map((name) => join(folder, name)),
      strict: false,
    },
    { ...console, progress: { ...console.progress, say: (line) => said.push(line) } },
  );
  console.close();
  return { names: clips.map(({ path }) => basename(path)).sort(), said };
}

test('what tasks test on is left out of every source, not only of the tasks file', async () => {
  expect((await chosen(['audio'], [])).names).toHaveLength(6);
  const { names, said } = await chosen(['audio'], ['words.json']);
  expect(names).toEqual(['a.wav', 'b.wav', 'c.wav', 'd.wav']);
  expect(said).toContain('2 clips are left out, because tasks test on them');
});

test('of a file with several clips only those go that a task tests', async () => {
  await writeFile(join(folder, 'audio', 'parts.csv'), 'path,start,seconds\na.wav,0,1\ne.wav,0,1\n');
  await writeFile(
    join(folder, 'parts.csv'),
    'path,word,side,start,seconds\ne.wav,no,test,0.5,1\ne.wav,yes,test,4,1\na.wav,no,train,0,1\na.wav,yes,train,1,1\nb.wav,no,validation,0,1\nb.wav,yes,validation,1,1\n',
  );
  const split = { by: 'column', column: 'side' };
  const task = { name: 'word', corpus: 'words', label: 'word', split };
  const corpora = { words: { manifest: 'parts.csv', audio: 'audio', distil: false } };
  await writeFile(join(folder, 'parts.json'), JSON.stringify({ corpora, tasks: [task] }));
  await writeFile(join(folder, 'audio', 'more.csv'), 'path,start,seconds\ne.wav,2,1\ne.wav,3.5,1\n');
  expect((await chosen(['audio/parts.csv'], ['parts.json'])).names).toEqual(['a.wav']);
  expect((await chosen(['audio/more.csv'], ['parts.json'])).names).toEqual(['e.wav']);
});
