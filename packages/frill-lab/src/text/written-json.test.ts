import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from 'frill-audio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { readWrittenJson } from './written-json.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frill-json-'));
});
afterAll(() => rm(folder, { recursive: true }));

const schema = z.strictObject({
  name: z.string(),
  parts: z.array(z.strictObject({ weight: z.number().default(1) })),
});

async function read(text: string | Uint8Array) {
  const path = join(folder, 'written.json');
  await writeFile(path, text);
  return readWrittenJson(path, schema, 'Correct it');
}

test('what is left out is as usual; a mark at the beginning is skipped', async () => {
  expect(await read('\ufeff{ "name": "a", "parts": [{}] }')).toEqual({ name: 'a', parts: [{ weight: 1 }] });
});

test.each([
  ['no JSON', '{', /written\.json: not JSON \(/],
  [
    'two bad fields',
    '{ "name": 1, "parts": [{}, { "weight": "x" }] }',
    /name: .*string.*; parts\.1\.weight: .*number/,
  ],
  ['an unknown field', '{ "name": "a", "parts": [], "wieght": 1 }', /wieght.*Correct it/],
  ['a list', '[]', /written\.json: Invalid input: expected object/],
  ['another encoding', Uint8Array.of(0x7b, 0xfc), /not UTF-8: byte 2 of line 1/],
])('%s is refused by name', async (_, text, message) => {
  await expect(read(text)).rejects.toThrow(InputError);
  await expect(read(text)).rejects.toThrow(message);
});

test('an absent file is called so', async () => {
  const absent = join(folder, 'absent.json');
  await expect(readWrittenJson(absent, schema, 'Give one')).rejects.toThrow(
    /absent\.json: no such file.*Give one/,
  );
});
