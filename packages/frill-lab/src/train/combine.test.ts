import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFrontend } from 'frill-audio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Clip } from '../corpus/corpus.js';
import { encodeWav } from '../corpus/wav-file.js';
import { findCombined } from '../models/combined/folder.js';
import { teacherRecipeSchema } from '../models/combined/recipe.js';
import { openEmbedder } from '../models/open-embedder.js';
import { random } from '../tensor/random.js';
import { combineTeacher } from './combine.js';
import { openTeacher } from './open-teacher.js';

let base: string;
const clips: Clip[] = [];

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'frill-combine-'));
  for (let place = 0; place < 24; place++) {
    const stream = random(`clip ${place}`);
    const [loudness, pitch] = [stream.uniform(), 20 + 80 * stream.uniform()];
    const samples = Float32Array.from(
      { length: 24_000 },
      (_, n) => 0.1 * stream.normal() + loudness * Math.sin(n / pitch),
    );
    const path = join(base, `${place}.wav`);
    await writeFile(path, place === 3 ? 'not audio' : encodeWav(samples));
    clips.push({ id: `${place}`, path, labels: {} });
  }
});
afterAll(() => rm(base, { recursive: true, force: true }));

const part = { source: 'own', pooling: 'mean+deviation' } as const;
const recipe = teacherRecipeSchema.parse({
  sources: { own: { reader: 'log-mel' } },
  parts: [
    { ...part, name: 'bands', tensor: 'log-mel', components: 6 },
    { ...part, name: 'cepstra', tensor: 'cepstra', weight: 0.5 },
  ],
  components: 12,
  whitening: 1,
});

const combine = async (folder: string, changes: Partial<Parameters<typeof combineTeacher>[0]> = {}) =>
  combineTeacher({
    recipe,
    clips,
    frontend: await loadFrontend(),
    windows: 100,
    folder: join(base, folder),
    cache: join(base, 'cache'),
    seed: 'test',
    ...changes,
  });

test('the folder is taken as a teacher and as a model, under the name of its content', async () => {
  const made = await combine('a');
  expect(made).toMatchObject({ dimension: 12, fitted: { windows: 23, clips: 24 } });
  expect(made.skipped.map(({ id }) => id)).toEqual(['3']);
  const teacher = await openTeacher(join(base, 'a'));
  expect(teacher).toMatchObject({ name: 'a', dimension: 12 });
  const windows = [1, 2].map((place) =>
    Float32Array.from({ length: 15_600 }, (_, n) => 0.2 * Math.sin(n / (30 * place))),
  );
  const [first, second] = (await teacher.embedAll?.(windows)) ?? [];
  expect(first.count).toBe(1);
  expect([...first.data].every(Number.isFinite)).toBe(true);
  expect([...first.data]).not.toEqual([...second.data]);
  teacher.close();
  const embedder = await openEmbedder(join(base, 'a'));
  expect(embedder.embeddingSize).toBe(12);
  embedder.close();

  // Made again elsewhere it is the same teacher; of another recipe, another.
  await combine('b');
  const files = await Promise.all(['a', 'b'].map((name) => readFile(join(base, name, 'teacher.onnx'))));
  expect(files[0].equals(files[1])).toBe(true);
  await combine('c', { recipe: { ...recipe, whitening: 0.5 } });
  const identities = await Promise.all(
    ['a', 'b', 'c'].map(async (name) => {
      const opened = await openTeacher(join(base, name));
      opened.close();
      return opened.identity;
    }),
  );
  expect(identities[1]).toBe(identities[0]);
  expect(identities[2]).not.toBe(identities[0]);
}, 60_000);

test('a stopped run leaves no teacher, and the next goes on', async () => {
  const stop = new AbortController();
  stop.abort();
  await expect(combine('d', { signal: stop.signal, cache: join(base, 'other') })).rejects.toThrow();
  expect(await findCombined(join(base, 'd'))).toBeUndefined();
  expect(await combine('d', { cache: join(base, 'other') })).toMatchObject({ dimension: 12 });
}, 60_000);

test('a damaged description is refused', async () => {
  await combine('e');
  await writeFile(join(base, 'e', 'combined.json'), '{}');
  await expect(openTeacher(join(base, 'e'))).rejects.toThrow(/not the description of a combined teacher/);
}, 60_000);
