import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Weights } from '../tensor/tensor.js';
import { latestCheckpoint, removeCheckpoints, saveCheckpoint } from './checkpoint.js';

let folder = '';
const said: string[] = [];
const say = (line: string) => said.push(line);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frill-checkpoint-'));
  said.length = 0;
});
afterEach(() => rm(folder, { recursive: true }));

function weights(value: number): Weights {
  return new Map([['block/kernel', { shape: [2], data: Float32Array.of(value, -value) }]]);
}

function save(step: number, training = 'a'): Promise<void> {
  return saveCheckpoint(folder, {
    step,
    training,
    sections: { weights: weights(step), moments: weights(1) },
  });
}

test('the newest comes back whole, and two are kept', async () => {
  for (const step of [900, 1000, 10_000]) await save(step);
  expect(await readdir(folder)).toHaveLength(2);
  expect(await latestCheckpoint(folder, 'a', say)).toEqual({
    step: 10_000,
    training: 'a',
    sections: { weights: weights(10_000), moments: weights(1) },
  });
});

test('a damaged one is passed over, aloud', async () => {
  await save(1);
  await save(2);
  await truncate(join(folder, 'checkpoint-00000002.safetensors'), 100);
  expect((await latestCheckpoint(folder, 'a', say))?.step).toBe(1);
  expect(said).toEqual([expect.stringContaining('checkpoint-00000002.safetensors')]);
});

test('another training is refused', async () => {
  await save(1, 'b');
  await expect(latestCheckpoint(folder, 'a', say)).rejects.toThrow('other settings');
});

test('a folder without any, and one cleared, start afresh', async () => {
  expect(await latestCheckpoint(join(folder, 'absent'), 'a', say)).toBeUndefined();
  await save(1);
  await removeCheckpoints(folder);
  expect(await latestCheckpoint(folder, 'a', say)).toBeUndefined();
});
