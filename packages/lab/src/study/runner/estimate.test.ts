import { expect, test } from 'vitest';
import { studentName } from '../../models/student-config.js';
import { chooseStudents } from '../grid.js';
import { calibrationChoice, estimate, trainingCost } from './estimate.js';

const costs = chooseStudents('builtin').map((config) => trainingCost(config, 1024));
const choice = calibrationChoice(costs, 32);

/** Timings of a machine where time is exactly proportional to work. */
const timings = choice.map(({ config, multiplyAccumulates, parameters }) => ({
  name: studentName(config),
  secondsPerStep: (6 * multiplyAccumulates * 32 + 80 * parameters) / 50e9,
  setupSeconds: 1,
  bytes: 1e9,
}));
const work = { costs, timings, steps: 100, batch: 32, evaluationWindows: 0, probeSeconds: 0 };

test('the cheapest, a middling and the dearest student are timed', () => {
  expect(choice).toHaveLength(3);
  expect(choice[0].multiplyAccumulates).toBe(Math.min(...costs.map((cost) => cost.multiplyAccumulates)));
});

test('students between the timed ones are placed by their work', () => {
  const { secondsOf } = estimate({ ...work, workers: 1 });
  for (const { config, multiplyAccumulates, parameters } of costs)
    expect(secondsOf.get(studentName(config))).toBeCloseTo(
      1 + (100 * (6 * multiplyAccumulates * 32 + 80 * parameters)) / 50e9,
      6,
    );
});

test('two workers halve the time, unless one student alone takes longer', () => {
  const one = estimate({ ...work, workers: 1 });
  const two = estimate({ ...work, workers: 2 });
  const many = estimate({ ...work, workers: 100 });
  expect(two.seconds).toBeCloseTo(one.seconds / 2, 9);
  expect(many.seconds).toBe(Math.max(...one.secondsOf.values()));
  expect(two.memoryBytes).toBe(2 * one.memoryBytes);
});
