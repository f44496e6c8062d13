import { expect, it } from 'vitest';
import { defineFilter } from './definition.js';
import { designFilterBank } from './filter-bank.js';

it('is the sum of products of input and coefficients', () => {
  const bank = designFilterBank(2, 3);
  const input = Float32Array.from({ length: bank.taps + 8 }, (_, n) => Math.sin(n * n));
  const output = new Float32Array(5);
  defineFilter(bank).convert(input, 1, 1, output);
  for (const [i, value] of output.entries()) {
    const position = 1 + 3 * i;
    const row = bank.coefficients.subarray((position % 2) * bank.taps);
    const first = 1 + Math.floor(position / 2);
    let sum = 0;
    for (let k = 0; k < bank.taps; k++) sum += row[k] * input[first + k];
    expect(value).toBeCloseTo(sum, 7);
  }
});

it('interpolates where a bank has fewer phases than the ratio', () => {
  const bank = designFilterBank(3200, 4451);
  expect(bank.phases).toBe(2048);
  const input = new Float32Array(bank.taps);
  const tap = bank.taps / 2;
  input[tap] = 1;
  const output = new Float32Array(1);
  defineFilter(bank).convert(input, 0, 1, output);
  // 1 of 3200 phases is 0.64 of 2048.
  const [low, high] = [0, 1].map((row) => bank.coefficients[row * bank.taps + tap]);
  expect(output[0]).toBeCloseTo(low + 0.64 * (high - low), 7);
});
