import { describe, expect, test } from 'vitest';
import { goldenJson } from '../../../../../testing/golden.js';
import { normalCdf, probit } from '../../statistics/normal.js';
import { accuracy } from './accuracy.js';
import { auc } from './auc.js';
import { balancedAccuracy } from './balanced-accuracy.js';
import { confusionMatrix } from './confusion.js';
import { dPrime } from './d-prime.js';
import { equalErrorRate } from './eer.js';

interface Fixture {
  binary: {
    name: string;
    labels: number[];
    scores: number[];
    auc: number;
    d_prime: number | 'inf' | '-inf';
    eer_interpolated: number;
  }[];
  multiclass: {
    name: string;
    classes: number;
    true: number[];
    predicted: number[];
    accuracy: number;
    balanced_accuracy: number;
    uar: number;
    confusion_rows_true: number[][];
  }[];
}

describe('scikit-learn and scipy', () => {
  const { binary, multiclass } = goldenJson<Fixture>('metrics/metrics.json');

  test.each(binary)('scores: $name', (fixture) => {
    const { labels, scores } = fixture;
    expect(auc(labels, scores)).toBeCloseTo(fixture.auc, 12);
    const expected = { inf: Number.POSITIVE_INFINITY, '-inf': Number.NEGATIVE_INFINITY };
    const { d_prime } = fixture;
    if (typeof d_prime === 'number') expect(dPrime(auc(labels, scores))).toBeCloseTo(d_prime, 6);
    else expect(dPrime(auc(labels, scores))).toBe(expected[d_prime]);
    expect(equalErrorRate(labels, scores)).toBeCloseTo(fixture.eer_interpolated, 12);
  });

  test.each(multiclass)('decisions: $name', (fixture) => {
    const { true: truth, predicted, classes } = fixture;
    expect(accuracy(truth, predicted)).toBeCloseTo(fixture.accuracy, 12);
    expect(balancedAccuracy(truth, predicted)).toBeCloseTo(fixture.balanced_accuracy, 12);
    // UAR is balanced accuracy under its name in paralinguistics (the ComParE challenges).
    expect(balancedAccuracy(truth, predicted)).toBeCloseTo(fixture.uar, 12);
    expect([...confusionMatrix(truth, predicted, classes)]).toEqual(fixture.confusion_rows_true.flat());
  });
});

test('a score without one of the classes has no AUC and no EER', () => {
  expect(auc([1, 1], [0.1, 0.2])).toBeNaN();
  expect(equalErrorRate([1, 1], [0.1, 0.2])).toBeNaN();
});

test('the normal quantile inverts the distribution', () => {
  for (const p of [1e-12, 1e-4, 0.02, 0.3, 0.5, 0.97]) expect(normalCdf(probit(p)) / p).toBeCloseTo(1, 9);
});
