/** What can be told without a browser; testing/package/microphone.test.ts records in one. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { AudioError } from '../errors.js';
import { openMicrophone } from './microphone.js';
import { MICROPHONE_WORKLET } from './microphone-worklet.js';

it('carries the worklet as its file has it', () => {
  const file = new URL('../../worklets/microphone.js', import.meta.url);
  expect(MICROPHONE_WORKLET).toBe(readFileSync(file, 'utf8'));
});

it('says that Node has no microphone', async () => {
  await expect(openMicrophone()).rejects.toThrow(AudioError);
  await expect(openMicrophone()).rejects.toThrow(/no access to microphones here.*embedStream/);
});
