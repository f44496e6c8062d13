import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { silent } from '../../run/progress.js';
import type { RunningServer } from '../../run/web-server.js';
import { serveFiles } from './file-server.js';
import { helpStudy } from './help-study.js';
import { type PackedFile, packFile, parcelSchema } from './parcel.js';
import { fetchFiles, fetchMade, fetchParcel, sendMade } from './transfer.js';

let server: RunningServer | undefined;
afterEach(() => server?.close());

/** A study of two files, served, and an empty machine. */
async function served(mostBytes?: number) {
  const folder = await mkdtemp(join(tmpdir(), 'frill-transfer-'));
  await mkdir(join(folder, 'study'));
  await writeFile(join(folder, 'study/a.bin'), Buffer.alloc(300_000, 7));
  await writeFile(join(folder, 'study/b.json'), '{}');
  const files: PackedFile[] = [
    await packFile(join(folder, 'study/a.bin'), 'cache/a.bin'),
    await packFile(join(folder, 'study/b.json'), 'b.json'),
  ];
  const parcel = parcelSchema.parse({ format: 1, version: '1', study: 's', files });
  server = await serveFiles(
    {
      parcel,
      files,
      token: 'right',
      run: join(folder, 'run'),
      ...(mostBytes === undefined ? {} : { mostBytes }),
    },
    '127.0.0.1',
    0,
  );
  const url = `http://127.0.0.1:${server.port}/right`;
  return { folder, parcel, url, machine: join(folder, 'machine') };
}

test('files arrive whole, and what is there is not fetched again', async () => {
  const { url, parcel, machine } = await served();
  expect(await fetchParcel({ from: url })).toEqual(parcel);
  await fetchFiles({ from: url }, parcel.files, machine, silent);
  expect((await readFile(join(machine, 'cache/a.bin'))).equals(Buffer.alloc(300_000, 7))).toBe(true);
  await server?.close();
  server = undefined;
  // Nothing is asked for: the server is gone.
  await fetchFiles({ from: url }, parcel.files, machine, silent);
});

test('a transfer that broke off goes on where it was; a part with other content is thrown away', async () => {
  const { url, parcel, machine } = await served();
  await mkdir(join(machine, 'cache'), { recursive: true });
  await writeFile(join(machine, 'cache/a.bin.fetching'), Buffer.alloc(100_000, 7));
  await fetchFiles({ from: url }, parcel.files, machine, silent);
  expect((await readFile(join(machine, 'cache/a.bin'))).equals(Buffer.alloc(300_000, 7))).toBe(true);

  const other = join(machine, 'other');
  await mkdir(join(other, 'cache'), { recursive: true });
  await writeFile(join(other, 'cache/a.bin.fetching'), Buffer.alloc(100_000, 9));
  await fetchFiles({ from: url }, parcel.files, other, silent);
  expect((await readFile(join(other, 'cache/a.bin'))).equals(Buffer.alloc(300_000, 7))).toBe(true);
});

test('students go there and back', async () => {
  const { url, folder, machine } = await served();
  const own = join(machine, 'students/tiny-1-gap');
  await mkdir(join(own, 'training'), { recursive: true });
  await writeFile(join(own, 'training/checkpoint-00000100.safetensors'), 'weights');
  await writeFile(join(own, 'training/history.jsonl'), '{"step":1}\n');
  await writeFile(join(own, 'training/secret.txt'), 'stays');
  await sendMade({ from: url }, 'tiny-1-gap', own, new Map());
  const there = join(folder, 'run/students/tiny-1-gap/training');
  expect(await readFile(join(there, 'checkpoint-00000100.safetensors'), 'utf8')).toBe('weights');
  await expect(readFile(join(there, 'secret.txt'))).rejects.toThrow();

  const second = join(folder, 'second/tiny-1-gap');
  await fetchMade({ from: url }, 'tiny-1-gap', second);
  expect(await readFile(join(second, 'training/history.jsonl'), 'utf8')).toBe('{"step":1}\n');
});

test.each([
  ['a wrong token', '/wrong/parcel', 'GET', 404],
  ['no token', '/parcel', 'GET', 404],
  ['a student without a token', '/made/tiny-1-gap/model.tflite', 'PUT', 404],
  ['a path that cannot be read', '/%', 'GET', 404],
  ['rows out of their folder', '/right/made/rows-0123456789abcdef/..%2F..%2Fstudents', 'PUT', 404],
  ['a path out of the folder', '/right/made/..%2F..%2Fetc/passwd', 'GET', 404],
  ['a file that does not travel', '/right/made/tiny-1-gap/training%2F.lock', 'GET', 404],
  ['a hash that is not the study’s', `/right/files/${'0'.repeat(64)}`, 'GET', 404],
  ['something else', '/right/anything', 'GET', 404],
  ['a removal', '/right/made/tiny-1-gap/model.tflite', 'DELETE', 405],
])('is refused: %s', async (_, path, method, status) => {
  const { url } = await served();
  const response = await fetch(new URL(path, url), { method });
  expect(response.status).toBe(status);
});

test('what arrives with another content than announced, or is too large, leaves nothing', async () => {
  const { url, folder } = await served(1000);
  const put = (body: Uint8Array<ArrayBuffer>, digest: string) =>
    fetch(`${url}/made/tiny-1-gap/model.tflite`, { method: 'PUT', body, headers: { digest } });
  expect((await put(new Uint8Array(10), 'x')).status).toBe(400);
  expect((await put(new Uint8Array(5000), 'x')).status).toBe(413);
  await expect(readFile(join(folder, 'run/students/tiny-1-gap/model.tflite'))).rejects.toThrow();
});

test('a file that is there with the same size and another content is fetched again', async () => {
  const { url, parcel, machine } = await served();
  await mkdir(join(machine, 'cache'), { recursive: true });
  await writeFile(join(machine, 'cache/a.bin'), Buffer.alloc(300_000, 9));
  await fetchFiles({ from: url }, parcel.files, machine, silent);
  expect((await readFile(join(machine, 'cache/a.bin'))).equals(Buffer.alloc(300_000, 7))).toBe(true);
});

test('a machine of another study is refused by name, at once, and leaves nothing', async () => {
  const { url, folder, machine } = await served();
  const own = join(machine, 'students/tiny-1-gap');
  await mkdir(own, { recursive: true });
  await writeFile(join(own, 'model.tflite'), 'other');
  await expect(sendMade({ from: url, study: 'other' }, 'tiny-1-gap', own, new Map())).rejects.toThrow(
    /this is study s, and what was asked for is study other/,
  );
  await expect(readFile(join(folder, 'run/students/tiny-1-gap/model.tflite'))).rejects.toThrow();
  await sendMade({ from: url, study: 's' }, 'tiny-1-gap', own, new Map());
  expect(await readFile(join(folder, 'run/students/tiny-1-gap/model.tflite'), 'utf8')).toBe('other');
});

test('a machine of another version is refused by name, before it fetches anything', async () => {
  const { url, machine } = await served();
  const helping = helpStudy({
    queue: 'redis://127.0.0.1:1',
    from: url,
    folder: machine,
    workers: 1,
    untilDone: true,
    version: '2',
    progress: silent,
    signal: new AbortController().signal,
  });
  await expect(helping).rejects.toThrow(/the study is made by frill 1, and this is 2/);
  await expect(readFile(join(machine, 's/b.json'))).rejects.toThrow();
});
