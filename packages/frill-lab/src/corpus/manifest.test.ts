import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readManifest } from './manifest.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frill-manifest-'));
  for (const name of ['a.wav', 'b.wav', 'c, d.wav']) await writeFile(join(folder, name), '');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function manifestOf(text: string): Promise<string> {
  const path = join(folder, 'manifest.csv');
  await writeFile(path, text);
  return path;
}

test('each row is a clip; quoted fields, a byte order mark and Windows line ends are fine', async () => {
  const path = await manifestOf('\ufeffpath,label\r\na.wav,yes\r\n"c, d.wav","no ""way"""\r\n');
  const { corpus, columns, problems } = await readManifest(path);
  expect(columns).toEqual(['label']);
  expect(problems).toEqual([]);
  expect(corpus.clips).toEqual([
    { id: 'a.wav', path: join(folder, 'a.wav'), labels: { label: 'yes' } },
    { id: 'c, d.wav', path: join(folder, 'c, d.wav'), labels: { label: 'no "way"' } },
  ]);
});

test('a start makes a clip of a part of a file', async () => {
  const path = await manifestOf('path,start,seconds,label\na.wav,1.5,2,yes\na.wav,3.5,2,no\n');
  const { corpus } = await readManifest(path);
  expect(corpus.clips.map(({ id, span }) => ({ id, span }))).toEqual([
    { id: 'a.wav#1.5', span: { start: 1.5, seconds: 2 } },
    { id: 'a.wav#3.5', span: { start: 3.5, seconds: 2 } },
  ]);
});

const flawed = `path,label
a.wav,yes
missing.wav,yes
b.wav,
a.wav,no
b.wav,maybe
"c, d.wav",no
a.wav,no,surplus
,no
`;
const options = { required: ['label'], known: { label: ['yes', 'no'] } };

test('unusable rows are skipped and reported with line and reason', async () => {
  const { corpus, problems } = await readManifest(await manifestOf(flawed), options);
  expect(corpus.clips.map(({ id }) => id)).toEqual(['a.wav', 'c, d.wav']);
  expect(problems).toEqual([
    { line: 3, path: 'missing.wav', reason: `the file does not exist: ${join(folder, 'missing.wav')}` },
    { line: 4, path: 'b.wav', reason: "column 'label' is empty" },
    { line: 5, path: 'a.wav', reason: "the id 'a.wav' appears twice" },
    { line: 6, path: 'b.wav', reason: "unknown label 'maybe'" },
    { line: 8, path: 'a.wav', reason: '3 fields where the header has 2' },
    { line: 9, path: '', reason: "column 'path' is empty" },
  ]);
});

test('strict refuses the first of them', async () => {
  const path = await manifestOf(flawed);
  await expect(readManifest(path, { ...options, strict: true })).rejects.toThrow(
    `${path}, line 3: missing.wav: the file does not exist: ${join(folder, 'missing.wav')}`,
  );
});

test('where keeps rows by value, or with ! drops them, before they can be a problem', async () => {
  const keep = async (where: Record<string, string | string[]>) => {
    const { corpus, problems } = await readManifest(await manifestOf(flawed), { where });
    expect(problems.filter(({ path }) => path === 'missing.wav')).toEqual([]);
    return corpus.clips.map(({ labels }) => labels.label);
  };
  expect(await keep({ label: 'no' })).toEqual(['no', 'no']);
  expect(await keep({ label: ['no', 'maybe'] })).toEqual(['no', 'maybe', 'no']);
  expect(await keep({ label: ['!yes', '!no'] })).toEqual(['']);
});

test.each([
  ['an empty file', '', 'the file is empty'],
  ['a missing column', 'file,label\na.wav,yes\n', "no column 'path'. The columns are file, label"],
  ['a column twice', 'path,label,label\n', "column 'label' appears twice"],
  [
    'an open quote',
    'path,label\na.wav,no\n"a.wav,yes\na.wav,no\n',
    'not CSV: a quote is opened in row 2 and never closed',
  ],
  ['an open quote in the header', 'path,"label\na.wav,no\n', 'opened in the header and never closed'],
  [
    'a file of something else',
    `path,label\n${'noise'.repeat(999)}"b\n`,
    /not CSV at line 2: [^,]{1,100}\. Give a CSV file/,
  ],
])('%s is refused', async (_title, text, message) => {
  await expect(readManifest(await manifestOf(text))).rejects.toThrow(message);
});

test('a manifest that is not there is refused', async () => {
  await expect(readManifest(join(folder, 'none.csv'))).rejects.toThrow('none.csv: no such file');
  await expect(readManifest('C:\\none.csv')).rejects.toThrow(/no such file .a path of Windows/);
  await expect(readManifest('na\ufffdve.csv')).rejects.toThrow(/not UTF-8; rename it/);
});

test('a manifest in another encoding is refused, with the line and the byte', async () => {
  const path = await manifestOf('');
  await writeFile(path, Buffer.from('path,label\na.wav,m\xfcr\nb.wav,m\xe4r\n', 'latin1'));
  await expect(readManifest(path)).rejects.toThrow(`${path}: not UTF-8: byte 8 of line 2 is 0xfc`);
  await writeFile(path, Buffer.from('\ufeffpath,label\na.wav,mür\n', 'utf16le'));
  expect((await readManifest(path)).corpus.clips[0].labels.label).toBe('mür');
});

test('paths of Windows, folders and pipes are called what they are', async () => {
  await mkdir(join(folder, 'x.wav'), { recursive: true });
  const { problems } = await readManifest(
    await manifestOf('path,label\nsub\\a.wav,yes\nC:/take.wav,yes\nx.wav,no\n'),
  );
  expect(problems.map(({ reason }) => reason)).toEqual([
    expect.stringMatching(/the file does not exist: .*a path of Windows; write it with \//),
    expect.stringMatching(/a path of Windows/),
    expect.stringMatching(/x\.wav is a folder/),
  ]);
  await expect(readManifest(folder)).rejects.toThrow(/this is a folder/);
  const { problems: long } = await readManifest(await manifestOf(`path\n${'long'.repeat(99)}.wav\n`));
  expect(long.map(({ reason }) => reason)).toEqual([expect.stringMatching(/cannot be seen/)]);
  await expect(readManifest(await manifestOf('path\na\0.wav\n'))).rejects.toThrow(/byte 2 of line 2 is 0/);
});
