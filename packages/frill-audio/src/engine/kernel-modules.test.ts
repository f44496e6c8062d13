import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compileKernel, kernelModule } from '../../../../kernels/build.js';
import { decodeBase64 } from '../frontend/base64.js';
import { ENGINE_RELAXED_KERNEL } from './engine-relaxed-kernel.js';
import { kernelBytes } from './kernel-modules.js';

test.each(['engine', 'engine-relaxed'] as const)('%s is what its source compiles to', async (name) => {
  expect(readFileSync(kernelModule(name), 'utf8')).toBe(await compileKernel(name));
});

test('Node runs the build with relaxed SIMD', () => {
  expect(kernelBytes()).toEqual(decodeBase64(ENGINE_RELAXED_KERNEL));
});

test.each([[''], ['a'], ['ab'], ['abc'], ['\u00ff\u0000\u0080']])('base64 of %j is read back', (text) => {
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  expect(decodeBase64(btoa(text))).toEqual(bytes);
  expect(decodeBase64(btoa(text).replaceAll('=', ''))).toEqual(bytes);
});
