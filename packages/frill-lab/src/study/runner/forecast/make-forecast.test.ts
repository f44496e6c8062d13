import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { exampleResults } from '../../../../../../testing/study-results.js';
import type { ForecastRecord } from './forecast-record.js';
import { crewFor, earlierForecast } from './make-forecast.js';

const { students } = exampleResults('builtin');
const forecast: ForecastRecord = {
  at: '2026-01-01T00:00:00Z',
  workers: 2,
  seconds: 400,
  diskBytes: 5,
  memoryBytes: 6,
  secondsOf: Object.fromEntries(students.map(({ name }) => [name, 100])),
  partsOf: {},
};
const made = students.slice(0, 4).map((student) => ({
  ...student,
  training: { ...student.training, seconds: 0 },
  timings: { train: 130, export: 0, evaluate: 20, probes: 5 },
}));
const missing = students.slice(4).map(({ config }) => config);

test('a session that goes on takes the forecast of the first, corrected by what was taken', () => {
  expect(earlierForecast([forecast], made, missing, 2)?.seconds).toBeCloseTo((4 * 150) / 2, 9);
  expect(earlierForecast([forecast], made.slice(1), missing, 2)?.seconds).toBeCloseTo((4 * 100) / 2, 9);
});

test('for other workers or students an earlier forecast does not count', () => {
  expect(earlierForecast([forecast], made, missing, 1)).toBeUndefined();
  const { [students[7].name]: _, ...fewer } = forecast.secondsOf;
  expect(earlierForecast([{ ...forecast, secondsOf: fewer }], made, missing, 2)).toBeUndefined();
  expect(earlierForecast([], made, missing, 2)).toBeUndefined();
});

test('a student has the same threads however many are left to make, or its bytes would not be those of the undisturbed run', () => {
  for (const missing of [1, 2, 7, 144]) {
    const crew = crewFor(2, 144, missing);
    expect(crew).toEqual({
      workers: Math.min(2, missing),
      threads: Math.max(1, Math.floor(availableParallelism() / 2)),
    });
  }
  expect(crewFor(4, 1, 1)).toEqual({ workers: 1, threads: availableParallelism() });
});
