import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from 'frill-audio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTeacherRecipe } from './recipe.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frill-recipe-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const sources = { own: { reader: 'log-mel' }, silero: { reader: 'silero', weights: 'silero.safetensors' } };
const part = { name: 'a', source: 'own', tensor: 'cepstra' };

async function read(content: unknown) {
  const path = join(folder, 'recipe.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return readTeacherRecipe(path);
}

test('paths are relative to the recipe, and what is left out has its default', async () => {
  const recipe = await read({ sources, parts: [part] });
  expect(recipe.sources.silero).toEqual({
    reader: 'silero',
    weights: join(folder, 'silero.safetensors'),
  });
  expect(recipe.parts).toEqual([{ ...part, pooling: 'mean+deviation', limit: 8, length: 'unit', weight: 1 }]);
  expect(recipe.whitening).toBe(0);
});

test.each([
  ['two parts of one name', { sources, parts: [part, part] }, /two parts are called 'a'/],
  ['an unknown source', { sources, parts: [{ ...part, source: 'b' }] }, /'b' is none of the sources \(own/],
  ['an unknown reader', { sources: { own: { reader: 'tape' } }, parts: [part] }, /sources.own/],
  ['a misspelt field', { sources, parts: [{ ...part, wieght: 2 }] }, /wieght/],
  ['no parts', { sources, parts: [] }, /parts/],
  ['no JSON', '{', /not JSON/],
])('%s is refused', async (_, content, message) => {
  const reading = read(content);
  await expect(reading).rejects.toThrow(InputError);
  await expect(reading).rejects.toThrow(message);
});

test('a recipe that is not there is refused', async () => {
  await expect(readTeacherRecipe(join(folder, 'none.json'))).rejects.toThrow(/no such file/);
});
