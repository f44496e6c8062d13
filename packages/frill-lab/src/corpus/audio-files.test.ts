import { execFileSync } from 'node:child_process';
import { link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { audioFiles, walkAudio } from './audio-files.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'frill-walk-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function put(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(join(root, name, '..'), { recursive: true });
    await writeFile(join(root, name), name);
  }
}

it('lists every kind that can be decoded, and tells of the rest', async () => {
  await put(
    'b.MP4',
    'a.mka',
    'c/d.aifc',
    'c/e.wave',
    'f.mp2',
    'g.mov',
    'h.wma',
    'notes.txt',
    'c/more.txt',
    '.hidden.wav',
  );
  expect(await walkAudio(root)).toEqual({
    files: ['a.mka', 'b.MP4', 'c/d.aifc', 'c/e.wave', 'f.mp2', 'g.mov', 'h.wma'],
    passedOver: ['1 × hidden file or folder (.hidden.wav)', '2 × .txt file (e.g. c/more.txt)'],
  });
});

it('follows links once, and lists what they lead to by its own name', async () => {
  const elsewhere = await mkdtemp(join(tmpdir(), 'frill-walk-'));
  await writeFile(join(elsewhere, 'far.wav'), '');
  await put('folder/one.wav', 'two.wav');
  await symlink(root, join(root, 'folder/itself'));
  await symlink('.', join(root, 'also itself'));
  await symlink(join(root, 'two.wav'), join(root, 'a link to two.wav'));
  await symlink(elsewhere, join(root, 'elsewhere'));
  await symlink(join(root, 'nowhere'), join(root, 'broken.wav'));
  await link(join(root, 'two.wav'), join(root, 'under another name.wav'));
  const { files, passedOver } = await walkAudio(root);
  expect(files).toEqual(['elsewhere/far.wav', 'folder/one.wav', 'two.wav', 'under another name.wav']);
  expect(passedOver).toEqual([
    '3 × link to what is listed already (e.g. a link to two.wav)',
    '1 × link that leads nowhere (broken.wav)',
  ]);
  await rm(elsewhere, { recursive: true });
});

it('waits for no pipe, takes a folder for no file, and a name that is not UTF-8 for none', async () => {
  await put('good.wav', 'a folder called x.wav/inside.wav');
  execFileSync('mkfifo', [join(root, 'pipe.wav')]);
  await writeFile(Buffer.concat([Buffer.from(`${root}/m`), Buffer.of(0xfc), Buffer.from('r.wav')]), '');
  const { files, passedOver } = await walkAudio(root);
  expect(files).toEqual(['a folder called x.wav/inside.wav', 'good.wav']);
  expect(passedOver).toEqual(
    expect.arrayContaining([
      '1 × pipe, socket or device (pipe.wav)',
      '1 × name that is not UTF-8 (m\ufffdr.wav)',
    ]),
  );
});

it('a root that is none is refused', async () => {
  await put('file.wav');
  await expect(audioFiles(join(root, 'none'))).rejects.toThrow(/none: no such folder/);
  await expect(audioFiles(join(root, 'file.wav'))).rejects.toThrow(/this is not a folder/);
});
