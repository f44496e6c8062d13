import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tinyModel } from '../../../../testing/package/tiny-model.js';
import { ModelError } from '../errors.js';
import { loadEmbedder } from './embedder.js';
import { isReleasedName, readReleased } from './released.js';

const LIST = Symbol.for('frill-models');

let folder: string;
let listed: unknown;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frill-released-'));
  listed = Reflect.get(globalThis, LIST);
});
afterEach(async () => {
  Reflect.set(globalThis, LIST, listed);
  await rm(folder, { recursive: true, force: true });
});

/** Lists a file as `frill-models` does. */
async function list(bytes: Uint8Array, name: string, version: number, sha256 = sha256Of(bytes)) {
  const path = join(folder, `${name}.tflite`);
  await writeFile(path, bytes);
  Reflect.set(globalThis, LIST, [{ name, version, sha256, file: pathToFileURL(path) }]);
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

it('takes names for names, and everything else for paths', () => {
  for (const name of ['frill-s', 'frill-m', 'frill-l', 'frill-m-v12'])
    expect(isReleasedName(name), name).toBe(true);
  for (const path of ['./frill-s', 'frill-s.tflite', 'frill-xl', 'frill-m-v', 'models/frill-m', undefined])
    expect(isReleasedName(path), path).toBe(false);
});

it('loads a model by its name, and by its name with the version', async () => {
  await list(await tinyModel(), 'frill-l', 2);
  const embedder = await loadEmbedder('frill-l');
  expect(embedder.embeddingSize).toBe(24);
  embedder.close();
  expect(await readReleased('frill-l-v2')).toMatchObject({ name: 'frill-l', version: 2 });
});

it('refuses a file with another checksum', async () => {
  const bytes = await tinyModel();
  await list(bytes.with(bytes.length - 1, bytes[bytes.length - 1] ^ 1), 'frill-l', 1, sha256Of(bytes));
  await expect(loadEmbedder('frill-l')).rejects.toThrow(/frill-l: the file is not the one that was released/);
});

it('says of a model or version that is not there which are', async () => {
  await list(new Uint8Array(8), 'frill-l', 2);
  for (const name of ['frill-m', 'frill-l-v1']) {
    const failure = await readReleased(name).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ModelError);
    expect(String(failure)).toMatch(
      new RegExp(`${name}: no such released model here \\(there are: .*frill-l-v2\\).*Install`),
    );
  }
});

it('names the released models where a name is none of them', async () => {
  const failure = await loadEmbedder('frill-x').catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ModelError);
  expect(String(failure)).toMatch(/frill-x: no released model has this name.*frill-s, frill-m, frill-l/);
});
