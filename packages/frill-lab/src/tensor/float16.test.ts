import { expect, test } from 'vitest';
import { float16Values, toFloat16 } from './float16.js';

test('every half-precision number survives the round trip', () => {
  const values = float16Values();
  for (let half = 0; half < 0x10000; half++) {
    if (Number.isNaN(values[half])) expect(values[toFloat16(values[half])]).toBeNaN();
    else expect(toFloat16(values[half])).toBe(half);
  }
});

// Exact values from IEEE 754-2019, 3.6: half to even, largest 65504, smallest subnormal 2^-24.
test.each([
  [1, 0x3c00],
  [-2, 0xc000],
  [0.1, 0x2e66],
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [65504, 0x7bff],
  [65519, 0x7bff],
  [65520, 0x7c00],
  [Number.NEGATIVE_INFINITY, 0xfc00],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000],
  [3 * 2 ** -25, 0x0002],
])('%f is %i', (value, half) => {
  expect(toFloat16(value)).toBe(half);
});
