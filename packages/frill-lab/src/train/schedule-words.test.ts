import { InputError } from 'frill-audio';
import { expect, test } from 'vitest';
import { bottleneckScheduleSchema } from './bottleneck-schedule.js';
import { parseSchedule } from './schedule-words.js';

test('schedules are read as typed; what is not given is as usual', () => {
  expect(parseSchedule({ compression: '0-0.25/10', precision: '0.5:16, 0.6:12,0.7:8' })).toEqual({
    compression: { start: 0, end: 0.25, decrements: 10 },
    precision: [
      { from: 0.5, bits: 16 },
      { from: 0.6, bits: 12 },
      { from: 0.7, bits: 8 },
    ],
  });
  expect(parseSchedule({})).toEqual(bottleneckScheduleSchema.parse({}));
});

test.each([
  [{ compression: '0.1..0.5/50' }, /'0.1..0.5\/50': not a schedule of compression.*like 0.1-0.5\/50/],
  [{ compression: '0.1-0.5' }, /not a schedule of compression/],
  [{ compression: '0.5-0.1/50' }, /before its start/],
  [{ compression: '0.1-1.5/50' }, /compression end: /],
  [{ compression: '0.1-0.5.5/50' }, /compression end: /],
  [{ compression: '0.1-0.5/0' }, /compression decrements: /],
  [{ precision: '0.5:16,0.6' }, /'0.6': not a schedule of precision.*like 0.5:16/],
  [{ precision: '' }, /not a schedule of precision/],
  [{ precision: '0.5:32,0.6:8' }, /precision bits: /],
  [{ precision: '0.6:16,0.5:8' }, /not in the order/],
  [{ precision: '0.5:16,0.6:12' }, /must end at 8 bits/],
])('%o is refused with its reason', (words, message) => {
  expect(() => parseSchedule(words)).toThrow(InputError);
  expect(() => parseSchedule(words)).toThrow(message);
});
