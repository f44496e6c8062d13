import { expect, test } from 'vitest';
import { studentName } from '../../../models/student-config.js';
import { chooseStudents } from '../../grid.js';
import { costliestTask, forecast, probesOfAll, trialChoice } from './forecast.js';
import { trainingCost } from './training-cost.js';

const costs = chooseStudents('builtin').map((config) => trainingCost(config, 1024));
const choice = trialChoice(costs, 32);

/** Timings of a machine where time is exactly proportional to work. */
const secondsOf = ({ multiplyAccumulates, parameters }: (typeof costs)[number]) =>
  (6 * multiplyAccumulates * 32 + 80 * parameters) / 50e9;
const timings = choice.map((cost) => ({
  name: studentName(cost.config),
  secondsPerStep: secondsOf(cost),
  setupSeconds: 1,
  secondsPerClip: 0.1 * secondsOf(cost),
  bytes: 1e9,
}));
const work = { costs, timings, steps: 100, batch: 32, factorisations: 50, clips: 20, probeSeconds: 3 };

test('the cheapest, the dearest and some between are tried, each once', () => {
  expect(choice).toHaveLength(5);
  expect(new Set(choice).size).toBe(5);
  expect(choice[0].multiplyAccumulates).toBe(Math.min(...costs.map((cost) => cost.multiplyAccumulates)));
  expect(trialChoice(costs.slice(0, 2), 32)).toHaveLength(2);
});

test('students between the tried ones are placed by their work', () => {
  const { partsOf, secondsOf: total } = forecast({ ...work, workers: 1 });
  for (const cost of costs) {
    const parts = partsOf.get(studentName(cost.config));
    expect(parts?.train).toBeCloseTo(1 + 100 * secondsOf(cost), 6);
    expect(parts?.embed).toBeCloseTo(2 * secondsOf(cost), 6);
    expect(total.get(studentName(cost.config))).toBeCloseTo(4 + 102 * secondsOf(cost), 6);
  }
});

test('what is kept is the weights and the file; a quantised bottleneck is a byte a weight in the file', () => {
  const [plain, quantised] = chooseStudents('small-2-gap small-2-gap-qat').map((config) =>
    trainingCost(config, 1024),
  );
  // 10,119,632 parameters as Keras counts them, and the input layer's two; the bottleneck's kernel is 2048 x 2048.
  expect(plain.keptBytes).toBe(2 * 4 * 10_119_634);
  expect(quantised.keptBytes).toBe(2 * 4 * 10_119_634 - 3 * 2048 * 2048);
});

test('a compressed student is factorised again and again, in proportion to the inputs of its bottleneck', () => {
  const [plain, compressed] = chooseStudents('tiny-1-flat tiny-1-flat-lowrank').map((config) =>
    trainingCost(config, 1024),
  );
  expect(plain.factorisedInputs).toBe(0);
  expect(compressed.factorisedInputs).toBe(6 * 512);
  const tried = timings.map((timing) => ({ ...timing, secondsPerFactorisedInput: 1e-4 }));
  const { partsOf } = forecast({ ...work, costs: [...costs, compressed], timings: tried, workers: 1 });
  expect(partsOf.get('tiny-1-flat-lowrank')?.train).toBeCloseTo(
    1 + 100 * secondsOf(compressed) + 50 * 6 * 512 * 1e-4,
    6,
  );
});

test('trials side by side are averaged', () => {
  const slower = timings.map((timing) => ({ ...timing, secondsPerStep: 3 * timing.secondsPerStep }));
  const both = forecast({ ...work, timings: [...timings, ...slower], workers: 1 });
  const name = studentName(costs[3].config);
  expect(both.partsOf.get(name)?.train).toBeCloseTo(1 + 200 * secondsOf(costs[3]), 6);
});

test('two workers halve the time, unless one student alone takes longer', () => {
  const one = forecast({ ...work, workers: 1 });
  const two = forecast({ ...work, workers: 2 });
  const many = forecast({ ...work, workers: 100 });
  expect(two.seconds).toBeCloseTo(one.seconds / 2, 9);
  expect(many.seconds).toBe(Math.max(...one.secondsOf.values()));
  expect(two.memoryBytes).toBe(2 * one.memoryBytes);
});

test('probes of all tasks follow from those of one, in the proportions of the teacher', () => {
  const teacher = { seconds: 99, probeSeconds: { a: 1, b: 4, c: 3 } };
  expect(costliestTask(teacher)).toBe('b');
  const tried = timings.map((timing, index) =>
    index < 2 ? { ...timing, probeSeconds: 10 + index } : timing,
  );
  expect(probesOfAll(teacher, tried)).toBeCloseTo(21, 9);
  expect(probesOfAll({ seconds: 99, probeSeconds: {} }, tried)).toBe(99);
  expect(probesOfAll(teacher, timings)).toBe(99);
});
