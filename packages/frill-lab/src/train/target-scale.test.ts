import { expect, it } from 'vitest';
import { TargetScale } from './target-scale.js';

const statistics = { mean: Float32Array.of(1, 0, 5), deviation: Float32Array.of(2, 0.5, 1e-6) };

it('standardises each value, leaves out constants, and limits what is rarely anything else to three deviations', () => {
  const rows = Float32Array.of(3, 0.25, 5, -1, 50, 7);
  TargetScale.of('standardised', statistics).apply(rows);
  expect([...rows]).toEqual([1, 0.5, 0, -1, 3, 0]);
});

it('leaves raw targets alone', () => {
  const rows = Float32Array.of(3, 0.25, 5);
  TargetScale.of('raw', statistics).apply(rows);
  expect([...rows]).toEqual([3, 0.25, 5]);
});

it('centres values and scales all by one number, so that they vary by 1 on average', () => {
  const deviations = { mean: Float32Array.of(1, 0), deviation: Float32Array.of(7, 1) };
  const rows = Float32Array.of(11, -5, 1, 50);
  TargetScale.of('centred', deviations).apply(rows);
  expect([...rows]).toEqual([2, -1, 0, 10]);
});

it.each(['raw', 'standardised', 'centred'] as const)(
  'says what a prediction of %s values says of raw ones',
  (scaling) => {
    const scale = TargetScale.of(scaling, statistics);
    const raw = Float32Array.of(3, 0.25, 5);
    const rows = raw.slice();
    scale.apply(rows);
    expect([...rows].map((value, i) => scale.raw(value, i))).toEqual(
      [...raw].map((value) => expect.closeTo(value, 5)),
    );
  },
);
