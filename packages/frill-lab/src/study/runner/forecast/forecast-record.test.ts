import { expect, test } from 'vitest';
import { exampleResults } from '../../../../../../testing/study-results.js';
import { compareForecast, type ForecastRecord } from './forecast-record.js';

const [first, second, third] = exampleResults('builtin').students.map((student) => ({
  ...student,
  training: { ...student.training, seconds: 90 },
  timings: { train: 100, export: 1, evaluate: 19, probes: 7 },
  peakBytes: 30,
}));
const forecast = (secondsOf: Record<string, number>): ForecastRecord => ({
  at: '2026-01-01T00:00:00Z',
  workers: 2,
  seconds: 0,
  diskBytes: 5,
  memoryBytes: 6,
  secondsOf,
  partsOf: {},
});

test('each student is held against its first forecast, side by side on the workers', () => {
  const forecasts = [
    forecast({ [first.name]: 100, [second.name]: 60 }),
    forecast({ [second.name]: 120, [third.name]: 120 }),
  ];
  expect(compareForecast(forecasts, [first, { ...second, peakBytes: 40 }], 4)).toEqual({
    students: 2,
    workers: 2,
    expectedSeconds: 80,
    tookSeconds: 120,
    ratioQuantiles: [expect.closeTo(1.24), expect.closeTo(1.6), expect.closeTo(1.96)],
    diskBytes: 5,
    memoryBytes: 6,
    diskTookBytes: 4,
    memoryTookBytes: 80,
  });
});

test('of an interrupted training the steps of all sessions count', () => {
  const resumed = { ...first, timings: { ...first.timings, train: 10 } };
  expect(compareForecast([forecast({ [first.name]: 110 })], [resumed])?.tookSeconds).toBe(55);
});

test('students that nobody foresaw are left out', () => {
  expect(compareForecast([], [first])).toBeUndefined();
  expect(compareForecast([forecast({ [first.name]: 110 })], [second])).toBeUndefined();
});
