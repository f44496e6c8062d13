import { expect, test } from 'vitest';
import { secondsLeft } from './seconds-left.js';

test('before anything is known the forecast holds', () => {
  expect(secondsLeft({ worked: 0, total: 1000, spent: 0 * 2, workers: 2 })).toBe(500);
});

test('a lucky first minute does not decide the whole, half a run does', () => {
  expect(secondsLeft({ worked: 10, total: 1000, spent: 1 * 2, workers: 2 })).toBeGreaterThan(350);
  const slow = secondsLeft({ worked: 500, total: 1000, spent: 500 * 2, workers: 2 });
  expect(slow).toBeGreaterThan(450);
  expect(slow).toBeLessThan(500);
});

test('nothing is left at the end, and more work than forecast is not negative', () => {
  expect(secondsLeft({ worked: 1000, total: 1000, spent: 700 * 2, workers: 2 })).toBe(0);
  expect(secondsLeft({ worked: 1010, total: 1000, spent: 700 * 2, workers: 2 })).toBe(0);
});
