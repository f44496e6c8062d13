/** The fingerprint that caches go by: what it tells apart, and what it does not call absent. */
import { mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AudioError } from 'frill-audio';
import { beforeAll, expect, test } from 'vitest';
import { fileFingerprint } from './clip-audio.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frill-clip-audio-'));
});

async function printOf(name: string, content: Uint8Array): Promise<string | undefined> {
  const path = join(folder, name);
  await writeFile(path, content);
  return fileFingerprint({ id: name, path, labels: {} });
}

test.each([
  ['a short file', 100_000, 1],
  ['a file of just a MiB', 1 << 20, 1],
  ['the beginning of a long one', 3 << 20, 1],
  ['the end of a long one', 3 << 20, (3 << 20) - 1],
])('a byte of %s shows', async (_, size, changed) => {
  const content = new Uint8Array(size);
  const print = await printOf('silence', content);
  expect(await printOf('copy', content)).toBe(print);
  content[changed] = 1;
  expect(await printOf('other', content)).not.toBe(print);
});

test('only a file that is not there has no fingerprint', async () => {
  const path = join(folder, 'loop');
  expect(await fileFingerprint({ id: 'x', path, labels: {} })).toBeUndefined();
  await symlink(path, path);
  const failing = fileFingerprint({ id: 'x', path, labels: {} });
  await expect(failing).rejects.toThrow(AudioError);
  await expect(failing).rejects.toThrow(`${path}: cannot be read`);
});
