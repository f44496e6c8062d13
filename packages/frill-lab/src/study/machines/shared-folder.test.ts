import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { silent } from '../../run/progress.js';
import { packFile, parcelSchema } from './parcel.js';
import { shareFiles, unshareFiles } from './shared-folder.js';
import { fetchFiles, fetchMade, fetchParcel, sendMade } from './transfer.js';

/** A run's folder that shares a file, and an empty machine. */
async function shared() {
  const folder = await mkdtemp(join(tmpdir(), 'frill-shared-'));
  await writeFile(join(folder, 'a.bin'), Buffer.alloc(300_000, 7));
  const files = [await packFile(join(folder, 'a.bin'), 'cache/a.bin')];
  const parcel = parcelSchema.parse({ format: 1, version: '1', study: 's', files });
  const run = join(folder, 'run');
  await shareFiles(run, parcel, files);
  return { run, parcel, files, machine: join(folder, 'machine') };
}

test('a machine that shares the disk gets the files, and what it makes of a student is there for others', async () => {
  const { run, parcel, machine } = await shared();
  const source = { from: run, study: 's' };
  expect(await fetchParcel({ from: run })).toEqual(parcel);
  await fetchFiles(source, parcel.files, machine, silent);
  expect((await readFile(join(machine, 'cache/a.bin'))).equals(Buffer.alloc(300_000, 7))).toBe(true);

  const own = join(machine, 'students/tiny-1-gap');
  await mkdir(join(own, 'training'), { recursive: true });
  await writeFile(join(own, 'training/checkpoint-00000100.safetensors'), 'weights');
  await writeFile(join(own, 'training/secret.txt'), 'stays');
  await sendMade(source, 'tiny-1-gap', own, new Map());
  expect(await readdir(join(run, 'students/tiny-1-gap/training'))).toEqual([
    'checkpoint-00000100.safetensors',
  ]);
  const second = join(machine, 'second');
  await fetchMade(source, 'tiny-1-gap', second);
  expect(await readFile(join(second, 'training/checkpoint-00000100.safetensors'), 'utf8')).toBe('weights');
});

test('a damaged file is fetched again until the study has mended it', async () => {
  const { run, parcel, files, machine } = await shared();
  const [{ hash }] = files;
  await writeFile(join(run, 'shared/files', hash), 'half');
  const fetching = fetchFiles({ from: run }, parcel.files, machine, silent);
  await shareFiles(run, parcel, files);
  await fetching;
  expect((await readFile(join(machine, 'cache/a.bin'))).equals(Buffer.alloc(300_000, 7))).toBe(true);
});

test('another study, and a folder without one, are refused', async () => {
  const { run, machine } = await shared();
  await expect(fetchMade({ from: run, study: 'other' }, 'tiny-1-gap', machine)).rejects.toThrow(
    /this is study s, and what was asked for is study other/,
  );
  await unshareFiles(run);
  await expect(fetchParcel({ from: run })).rejects.toThrow(
    /no study shares its files in this folder.*--share/s,
  );
});
