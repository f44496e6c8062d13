import { expect, it } from 'vitest';
import { bytesOfBase64 } from './base64.js';

it.each([0, 1, 2, 3, 4, 255, 256])('gives %i bytes back', (length) => {
  const bytes = Uint8Array.from({ length }, (_, i) => i * 251);
  expect(bytesOfBase64(Buffer.from(bytes).toString('base64'))).toEqual(bytes);
});
