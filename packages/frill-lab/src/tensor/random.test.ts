import { expect, test } from 'vitest';
import { random } from './random.js';

test('a seed names one stream, and forks are independent of what was drawn before', () => {
  const a = random('corpus/7');
  const b = random('corpus/7');
  expect([a.uniform(), a.uniform()]).toEqual([b.uniform(), b.uniform()]);
  expect(a.fork('speaker').uniform()).toBe(random('corpus/7').fork('speaker').uniform());
});

test('normal numbers have mean 0 and deviation 1', () => {
  const stream = random('normal');
  const drawn = Array.from({ length: 20_000 }, () => stream.normal());
  const mean = drawn.reduce((sum, x) => sum + x, 0) / drawn.length;
  const variance = drawn.reduce((sum, x) => sum + (x - mean) ** 2, 0) / drawn.length;
  expect(Math.abs(mean)).toBeLessThan(0.03);
  expect(Math.abs(variance - 1)).toBeLessThan(0.05);
});
