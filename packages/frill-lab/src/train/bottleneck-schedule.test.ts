import { expect, test } from 'vitest';
import { alphaAt, bitsAt, bottleneckScheduleSchema } from './bottleneck-schedule.js';

const schedule = bottleneckScheduleSchema.parse({});
const steps = [10, 187, 1000, 4321];

test.each(steps)('alpha falls from 1 to exactly 0 and stays there, in %i steps', (total) => {
  const alphas = Array.from({ length: total }, (_, step) => alphaAt(schedule, step, total));
  expect(alphas[0]).toBe(1);
  expect(alphas.slice(Math.round(total / 2)).every((alpha) => alpha === 0)).toBe(true);
  expect(alphas.every((alpha, i) => i === 0 || alpha <= alphas[i - 1])).toBe(true);
});

test('given room, every decrement is the same and none is skipped', () => {
  const alphas = new Set(Array.from({ length: 1000 }, (_, step) => alphaAt(schedule, step, 1000)));
  expect([...alphas]).toEqual(Array.from({ length: 51 }, (_, taken) => (50 - taken) / 50));
});

test('the paper: 0.01 every 10 steps', () => {
  const paper = bottleneckScheduleSchema.parse({ compression: { start: 0, end: 0.1, decrements: 100 } });
  expect(alphaAt(paper, 500, 10_000)).toBeCloseTo(0.5, 1);
});

test.each(steps)('precision falls in order and ends at 8 bits, in %i steps', (total) => {
  const bits = Array.from({ length: total }, (_, step) => bitsAt(schedule, step, total) ?? 32);
  expect(bits[0]).toBe(32);
  expect(bits.at(-1)).toBe(8);
  expect([...new Set(bits)]).toEqual([32, 16, 12, 10, 8]);
});

test.each([
  [{ compression: { start: 0.6, end: 0.5, decrements: 10 } }, 'before its start'],
  [{ precision: [{ from: 0.5, bits: 4 }] }, 'end at 8 bits'],
  [
    {
      precision: [
        { from: 0.5, bits: 16 },
        { from: 0.4, bits: 8 },
      ],
    },
    'order',
  ],
])('%j is refused', (bad, message) => {
  expect(() => bottleneckScheduleSchema.parse(bad)).toThrow(message);
});
