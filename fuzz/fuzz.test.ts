import { describe, expect, it } from 'vitest';
import { group as audio } from './audio.js';
import { group as manifests } from './manifests.js';
import { group as tables } from './tables.js';
import { group as tflite } from './tflite.js';
import { faultOf, inputOf } from './try-input.js';

/** Files of each group, with seed 1; `npm run fuzz` tries more. */
const COUNT = 200;

describe.each([
  ['audio', audio],
  ['tflite', tflite],
  ['tables', tables],
  ['manifests', manifests],
] as const)('%s', (name, group) => {
  it(`stands ${COUNT} damaged files`, async () => {
    const seeds = await group.seeds();
    for (let index = 0; index < COUNT; index++) {
      const input = inputOf(seeds, name, 1, index);
      expect(await faultOf(group, input), `input ${index}, ${input.name}`).toBeUndefined();
    }
  }, 300_000);
});
