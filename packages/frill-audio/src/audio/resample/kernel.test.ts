import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileKernel, kernelModule } from '../../../../../kernels/build.js';
import { defineFilter } from './definition.js';
import { designFilterBank } from './filter-bank.js';
import { loadFilterKernel } from './kernel.js';

it('is what its source compiles to', async () => {
  expect(readFileSync(kernelModule('resample'), 'utf8')).toBe(await compileKernel('resample'));
});

describe.each([
  ['48 kHz', 1, 3],
  ['44.1 kHz', 160, 441],
  ['8 kHz', 2, 1],
  ['11.025 kHz', 640, 441],
  ['96 kHz', 1, 6],
  ['22,255 Hz', 3200, 4451],
  ['44,101 Hz', 16_000, 44_101],
])('%s to 16 kHz', (_, up, down) => {
  const bank = designFilterBank(up, down);
  const kernel = loadFilterKernel(bank);
  let state = 7;
  const noise = Float32Array.from({ length: 24_000 }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return (2 * state) / 2_147_483_647 - 1;
  });

  it('equals the definition within 1e-6 in noise of full scale', () => {
    const count = Math.floor(((noise.length - bank.taps - 2) * up) / down);
    const output = new Float32Array(count);
    const expected = new Float32Array(count);
    kernel.convert(noise, 1, up - 1, output);
    defineFilter(bank).convert(noise, 1, up - 1, expected);
    let largest = 0;
    for (let i = 0; i < count; i++) largest = Math.max(largest, Math.abs(output[i] - expected[i]));
    expect(largest).toBeLessThan(1e-6);
  });

  it('gives an output the same bits wherever it stands among others', () => {
    const output = new Float32Array(Math.floor(((noise.length - bank.taps - 2) * up) / down));
    kernel.convert(noise, 0, 0, output);
    const alone = new Float32Array(1);
    for (const at of [0, 1, 3, 4 * up - 1, 4 * up, 1023, 1024, output.length - 1]) {
      if (at >= output.length) continue;
      kernel.convert(noise, Math.floor((at * down) / up), (at * down) % up, alone);
      expect(alone[0]).toBe(output[at]);
    }
  });
});
