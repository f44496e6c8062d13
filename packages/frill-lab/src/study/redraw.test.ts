import { expect, test } from 'vitest';
import { quantile } from '../statistics/quantiles.js';
import type { TaskQuality } from './records.js';
import { redraws } from './redraw.js';

/** Twelve clips of each of ten speakers; half of the speakers are always understood, the others never. */
const GROUPS = Array.from({ length: 120 }, (_, clip) => Math.floor(clip / 12));
const OUTCOMES = GROUPS.map((speaker) => speaker % 2).join('');

function quality(changes: Partial<TaskQuality> = {}): TaskQuality {
  return {
    task: 'emotion',
    title: 'Emotion',
    metric: 'accuracy',
    value: 0.5,
    interval: [0.4, 0.6],
    chance: 0.1,
    testClips: 120,
    probe: 'LDA',
    bestOnTest: 0.5,
    outcomes: OUTCOMES,
    ...changes,
  };
}

const width = (values: readonly number[]) => quantile(values, 0.975) - quantile(values, 0.025);

test('clips of one speaker are drawn together, so that what speakers decide is as uncertain as speakers are few', () => {
  const values = (changes: Partial<TaskQuality>) =>
    redraws([{ quality: [quality(changes)] }], 1000, '0').map(({ quality: [value] }) => value);
  // Binomial: 1.96 deviations to each side of a half, of 120 clips and of 10 speakers.
  expect(width(values({}))).toBeCloseTo((2 * 1.96 * 0.5) / Math.sqrt(120), 1);
  expect(width(values({ groups: GROUPS }))).toBeCloseTo((2 * 1.96 * 0.5) / Math.sqrt(10), 1);
});

test('all subjects are drawn on the same clips; of one tested on others a normal value is drawn', () => {
  const grouped = { quality: [quality({ groups: GROUPS })] };
  const better = { quality: [quality({ groups: GROUPS, value: 0.7 })] };
  const other = { quality: [quality({ value: 0.9, interval: [0.9, 0.9], outcomes: '101' })] };
  for (const {
    quality: [a, b, c],
  } of redraws([grouped, better, other], 50, '0')) {
    expect(b - a).toBeCloseTo(0.2, 9);
    expect(c).toBe(0.9);
  }
});

test('another metric than accuracy is drawn from what was kept of it, not from how often a clip was right', () => {
  const kept = Array.from({ length: 100 }, (_, draw) => (draw % 10 === 0 ? null : 0.8 + 0.001 * (draw % 7)));
  const subject = { quality: [quality({ metric: 'auc', value: 0.8, redrawn: kept, groups: GROUPS })] };
  const values = redraws([subject], 200, '0').map(({ quality: [value] }) => value);
  // A draw that the metric could not judge leaves the value as it was.
  expect(values).toEqual([...kept, ...kept].map((value) => value ?? 0.8));
});

test('of a task without an interval and without outcomes the value is all there is', () => {
  const { interval: _, outcomes: __, ...bare } = quality({});
  expect(redraws([{ quality: [bare] }], 3, '0').map(({ quality: [value] }) => value)).toEqual([
    0.5, 0.5, 0.5,
  ]);
});
