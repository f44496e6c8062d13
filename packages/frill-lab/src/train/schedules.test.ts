import { expect, test } from 'vitest';
import { learningRateAt, learningRateSchema } from './schedules.js';

test('constant', () => {
  expect(learningRateAt({ kind: 'constant', rate: 1e-4 }, 12_345, 20_000)).toBe(1e-4);
});

test('warm-up rises to the rate, the cosine falls to the floor, and no step has rate 0 on the way up', () => {
  const schedule = { kind: 'warmup-cosine', rate: 1, warmup: 10, floor: 0.1 } as const;
  expect(learningRateAt(schedule, 0, 110)).toBeCloseTo(0.1);
  expect(learningRateAt(schedule, 9, 110)).toBeCloseTo(1);
  expect(learningRateAt(schedule, 10, 110)).toBeCloseTo(1);
  expect(learningRateAt(schedule, 60, 110)).toBeCloseTo(0.55);
  expect(learningRateAt(schedule, 110, 110)).toBeCloseTo(0.1);
});

test('a rate that cannot train is refused', () => {
  expect(learningRateSchema.safeParse({ kind: 'constant', rate: 0 }).success).toBe(false);
  expect(learningRateSchema.safeParse({ kind: 'cosine', rate: 1 }).success).toBe(false);
});
