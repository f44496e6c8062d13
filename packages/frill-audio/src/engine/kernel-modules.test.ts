import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compileKernel, kernelModule } from '../../../../kernels/build.js';
import { bytesOfBase64 } from '../base64.js';
import { ENGINE_RELAXED_KERNEL } from './engine-relaxed-kernel.js';
import { kernelBytes } from './kernel-modules.js';

test.each(['engine', 'engine-relaxed'] as const)('%s is what its source compiles to', async (name) => {
  expect(readFileSync(kernelModule(name), 'utf8')).toBe(await compileKernel(name));
});

test('Node runs the build with relaxed SIMD', () => {
  expect(kernelBytes()).toEqual(bytesOfBase64(ENGINE_RELAXED_KERNEL));
});
