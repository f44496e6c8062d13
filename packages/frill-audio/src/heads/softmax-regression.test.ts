import { describe, expect, it, test } from 'vitest';
import { goldenJson, goldenNpy } from '../../../../testing/golden.js';
import { dot } from './similarity.js';
import { type LabelledVectors, softmax, softmaxRegression } from './softmax-regression.js';

/** 0.5 |W|^2 + C times the cross-entropies, as it is defined. */
function objective({ vectors, labels, classes }: LabelledVectors, c: number): number {
  const { weights, intercepts } = softmaxRegression({ vectors, labels, classes }, c);
  const width = vectors[0].length;
  let value = 0.5 * dot(weights, weights);
  for (const [i, vector] of vectors.entries()) {
    const scores = intercepts.map(
      (intercept, k) => intercept + dot(weights.subarray(k * width, (k + 1) * width), vector),
    );
    const own = scores[labels[i]];
    value += c * (softmax(scores) - own);
  }
  return value;
}

it('separates two points half-way', () => {
  const vectors = [Float64Array.of(3, 1), Float64Array.of(5, 1)];
  const { weights, intercepts } = softmaxRegression({ vectors, labels: [0, 1], classes: 2 }, 1e4);
  // Weights are equal and opposite, use the first value alone, and meet at 4.
  expect(weights[0]).toBeCloseTo(-weights[2], 9);
  expect(weights[0]).toBeLessThan(0);
  expect(weights[1]).toBe(0);
  expect((intercepts[1] - intercepts[0]) / (weights[0] - weights[2])).toBeCloseTo(4, 9);
});

interface Task {
  readonly classes: readonly string[];
  readonly clips: { readonly label: number[]; readonly split: number[] };
  readonly results: {
    readonly plain: {
      readonly split: { readonly lr_c1: { C: number; optimum: { objective: number } } };
    };
  };
}

describe('scikit-learn', () => {
  test('reaches the exact optimum', () => {
    const { classes, clips, results } = goldenJson<Task>('probes/emodb_emotion/probe.json');
    const { shape, data } = goldenNpy('probes/emodb_emotion/features.npy');
    const train = clips.split.flatMap((split, i) => (split === 0 ? [i] : []));
    const vectors = train.map((i) => data.slice(i * shape[1], (i + 1) * shape[1]));
    const labels = train.map((i) => clips.label[i]);
    const { C, optimum } = results.plain.split.lr_c1;
    const ratio = objective({ vectors, labels, classes: classes.length }, C) / optimum.objective;
    expect(ratio).toBeLessThan(1 + 1e-7);
    expect(ratio).toBeGreaterThan(1 - 1e-9);
  });
});
