import { describe, expect, test } from 'vitest';
import { goldenJson, goldenPath } from '../../../../../testing/golden.js';
import { largestDifference } from '../../../../../testing/network-fixture.js';
import { type Matrix, matrix } from '../../linear-algebra/matrix-product.js';
import { readNpy } from '../../tensor/npy.js';
import { random } from '../../tensor/random.js';
import { normalise } from '../normalise.js';
import { fitLda } from './lda.js';
import { fitLogisticRegression, fitPublished } from './logistic-regression.js';
import { decisions, type LabelledRows } from './probe.js';
import { growForest } from './random-forest.js';
import { SoftmaxLoss } from './softmax-loss.js';

interface Scores {
  correct: number;
  of: number;
}
interface Regression {
  C: number;
  class_weight: 'balanced' | null;
  optimum: { objective: number; test: Scores };
  sklearn_100_iterations?: { objective: number; test: Scores };
}
interface Part {
  lr_c1e5: Regression;
  lr_c1e5_balanced: Regression;
  lr_c1: Regression;
  lda: { shrinkage_per_class: number[]; test: Scores };
  random_forest_100: Record<
    'balanced' | 'unbalanced',
    { test: { accuracy_mean: number; accuracy_sd: number } }
  >;
}
interface Task {
  classes: string[];
  clips: { label: number[]; split: number[]; speaker: string[] };
  results: Record<string, Record<string, Part>>;
}

/** One training set of the fixture: a task, what was done to its features, and which clips are on which side. */
interface Fit {
  readonly task: string;
  readonly variant: 'plain' | 'l2' | 'speaker_z' | 'l2_speaker_z';
  /** Undefined: the clips have train, validation and test. */
  readonly fold?: number;
}

const TASKS = ['arabic_keyword', 'emodb_emotion', 'gcompris_language'];
const VARIANTS = ['l2', 'speaker_z', 'l2_speaker_z'] as const;
const FITS: readonly Fit[] = [
  ...TASKS.map((task) => ({ task, variant: 'plain' }) as const),
  ...VARIANTS.map((variant) => ({ task: 'emodb_emotion', variant })),
  ...[1, 2, 3, 4, 5].map((fold) => ({ task: 'esc10', variant: 'plain', fold }) as const),
];

const NAMED = FITS.map((fit) => [Object.values(fit).join(' '), fit] as const);

function loadFit({ task: name, variant, fold }: Fit) {
  const task = goldenJson<Task>(`probes/${name}/probe.json`);
  const { shape, data } = readNpy(goldenPath(`probes/${name}/features.npy`));
  const all = normalise(
    matrix(shape[0], shape[1], Float64Array.from(data)),
    {
      length: variant.startsWith('l2') ? 'unit' : 'as-is',
      speaker: variant.endsWith('speaker_z') ? 'z-scored' : 'as-is',
    },
    task.clips.speaker,
  );
  const side = (isMember: (split: number) => boolean) => {
    const members = task.clips.split.flatMap((split, index) => (isMember(split) ? [index] : []));
    const features = matrix(members.length, shape[1]);
    for (const [row, index] of members.entries())
      features.data.set(all.data.subarray(index * shape[1], (index + 1) * shape[1]), row * shape[1]);
    return {
      features,
      labels: members.map((index) => task.clips.label[index]),
      classes: task.classes.length,
    };
  };
  const prefix = `probes/${name}/${variant}.${fold === undefined ? '' : `fold${fold}.`}`;
  return {
    train: side((split) => (fold === undefined ? split === 0 : split !== fold)),
    test: side((split) => (fold === undefined ? split === 2 : split === fold)),
    expected: task.results[variant][fold === undefined ? 'split' : `fold${fold}`],
    read: (file: string) => readNpy(goldenPath(`${prefix}${file}.npy`)).data,
  };
}

function countCorrect(probabilities: Matrix, labels: ArrayLike<number>): number {
  return decisions(probabilities).reduce((sum, label, row) => sum + (label === labels[row] ? 1 : 0), 0);
}

describe('scikit-learn', () => {
  test.each(NAMED)('logistic regression reaches the optimum: %s', async (_name, fit) => {
    const { train, test, expected, read } = loadFit(fit);
    for (const { C, class_weight, optimum } of [
      expected.lr_c1,
      expected.lr_c1e5,
      expected.lr_c1e5_balanced,
    ]) {
      const weights = class_weight === null ? 'equal' : 'balanced';
      const model = await fitLogisticRegression(train, { c: C, weights });
      expect(model.report.stopped).toBe('done');
      expect(model.report.value / optimum.objective).toBeLessThan(1 + 1e-7);
      const probabilities = await model.probabilities(test.features);
      expect(countCorrect(probabilities, test.labels)).toBe(optimum.test.correct);
      if (C === 1)
        expect(largestDifference(probabilities.data, read('lr_c1.test_probabilities'))).toBeLessThan(1e-3);
    }
  });

  test('the published 100 iterations stop where scikit-learn does', async () => {
    const { train, expected } = loadFit({ task: 'arabic_keyword', variant: 'plain' });
    const { C, sklearn_100_iterations } = expected.lr_c1e5;
    const { report } = await fitLogisticRegression(train, { c: C, solver: 'published' });
    expect(report.iterations).toBe(100);
    expect(report.value / sklearn_100_iterations!.objective).toBeGreaterThan(0.5);
    expect(report.value / sklearn_100_iterations!.objective).toBeLessThan(2);
  });

  test.each(NAMED)('LDA equals the closed form: %s', async (_name, fit) => {
    const { train, test, expected, read } = loadFit(fit);
    const model = await fitLda(train);
    for (const [index, shrinkage] of expected.lda.shrinkage_per_class.entries())
      expect(model.shrinkages[index]).toBeCloseTo(shrinkage, 8);
    const decided = read('lda.test_decision');
    const { data } = await model.decisionValues(test.features);
    const largest = decided.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(largestDifference(data, decided)).toBeLessThan(1e-6 * largest);
    const probabilities = await model.probabilities(test.features);
    expect(largestDifference(probabilities.data, read('lda.test_probabilities'))).toBeLessThan(1e-5);
    expect(countCorrect(probabilities, test.labels)).toBe(expected.lda.test.correct);
  });

  test('forests are as good as scikit-learn, over five seeds', async () => {
    const { train, test, expected } = loadFit({ task: 'arabic_keyword', variant: 'plain' });
    for (const [key, weights] of [
      ['balanced', 'balanced'],
      ['unbalanced', 'equal'],
    ] as const) {
      let correct = 0;
      for (const seed of ['0', '1', '2', '3', '4'])
        correct += countCorrect(
          await (await growForest(train, { weights, seed })).probabilities(test.features),
          test.labels,
        );
      const { accuracy_mean, accuracy_sd } = expected.random_forest_100[key].test;
      const accuracy = correct / (5 * test.labels.length);
      expect(Math.abs(accuracy - accuracy_mean)).toBeLessThan(
        Math.max(0.01, (3 * accuracy_sd) / Math.sqrt(2.5)),
      );
    }
  });
});

/** Two classes apart along the first of many more dimensions than clips. */
function wide(): { features: Matrix; labels: number[]; classes: number } {
  const features = matrix(6, 40);
  for (let i = 0; i < features.data.length; i++) features.data[i] = Math.sin(i * i + 1);
  const labels = [0, 1, 0, 1, 0, 1];
  for (const [row, label] of labels.entries()) features.data[row * 40] += 4 * label;
  return { features, labels, classes: 2 };
}

test('fewer clips than dimensions: every probe fits them', async () => {
  const train = wide();
  for (const model of [
    await fitLogisticRegression(train),
    await fitLogisticRegression(train, { solver: 'published' }),
    await fitLda(train),
    await growForest(train),
  ])
    expect([...decisions(await model.probabilities(train.features))]).toEqual(train.labels);
});

test('with fewer clips than dimensions, LDA solves the shrunk covariance for the means', async () => {
  const { features, labels, classes } = wide();
  const { columns } = features;
  const model = await fitLda({ features, labels, classes });
  const means = Array.from({ length: classes }, () => new Float64Array(columns));
  for (const [row, label] of labels.entries())
    for (let i = 0; i < columns; i++) means[label][i] += features.data[row * columns + i] / 3;
  const centred = (row: number, i: number) => features.data[row * columns + i] - means[labels[row]][i];
  const variance = (label: number, i: number) =>
    labels.reduce((sum, own, row) => sum + (own === label ? centred(row, i) ** 2 / 3 : 0), 0);
  for (let label = 0; label < classes; label++)
    for (let i = 0; i < columns; i++) {
      let product = 0;
      for (let j = 0; j < columns; j++) {
        let covariance = 0;
        for (const [row, own] of labels.entries())
          covariance += ((1 - model.shrinkages[own]) * centred(row, i) * centred(row, j)) / 6;
        // Standardised within the class, so that the shrinkage target is one.
        if (i === j) for (const own of [0, 1]) covariance += (model.shrinkages[own] * variance(own, i)) / 2;
        product += covariance * model.coefficients.data[label * columns + j];
      }
      expect(product).toBeCloseTo(means[label][i], 9);
    }
});

test('the same seed grows the same forest, another seed another', async () => {
  const train = wide();
  const votes = async (seed: string) => [
    ...(await (await growForest(train, { seed })).probabilities(train.features)).data,
  ];
  expect(await votes('7')).toEqual(await votes('7'));
  expect(await votes('7')).not.toEqual(await votes('8'));
});

/** Three overlapping classes of correlated features; enough of them for float32 products and for threads. */
function large(rows: number, columns: number): LabelledRows {
  const stream = random('large');
  const features = matrix(rows, columns);
  const labels = Array.from({ length: rows }, () => stream.integer(3));
  for (let row = 0, i = 0; row < rows; row++) {
    const shared = stream.normal();
    for (let column = 0; column < columns; column++, i++)
      features.data[i] = Math.fround(stream.normal() + shared + (column % 3 === labels[row] ? 0.3 : 0));
  }
  return { features, labels, classes: 3 };
}

test('float32 products lead where float64 ones do', async () => {
  const train = large(400, 60);
  const clipWeights = new Float64Array(400).fill(1);
  const [exact, fast] = [
    await fitLogisticRegression(train, { c: 1, solver: 'published' }),
    await fitPublished(train.features, new SoftmaxLoss(train.labels, clipWeights, train.classes), 'float32'),
  ];
  expect(fast.report.stopped).toBe('done');
  expect(fast.report.value / exact.report.value).toBeCloseTo(1, 7);
  const optimum = await fitLogisticRegression(train, { c: 1 });
  expect(optimum.report.value).toBeLessThanOrEqual(fast.report.value);
  expect(fast.report.value / optimum.report.value).toBeCloseTo(1, 5);
});

test('a forest does not depend on the threads that grow it', async () => {
  const train = large(1500, 80);
  const worker = new URL('../../../dist/noss/probes/forest-worker.js', import.meta.url);
  const options = { trees: 8 };
  const [alone, together] = [
    await growForest(train, { ...options, threads: 1 }),
    await growForest(train, { ...options, threads: 2, worker }),
  ];
  const votes = await alone.probabilities(train.features);
  expect((await together.probabilities(train.features)).data).toEqual(votes.data);
  expect(countCorrect(votes, train.labels)).toBeGreaterThan(1400);
});

test('constant features do not stop any probe', async () => {
  const features = matrix(6, 3, Float64Array.of(0, 5, 1, 0, 5, 9, 0, 5, 2, 0, 5, 8, 0, 5, 1, 0, 5, 7));
  const labels = [0, 1, 0, 1, 0, 1];
  const train = { features, labels, classes: 2 };
  for (const model of [await fitLogisticRegression(train), await fitLda(train), await growForest(train)])
    expect([...decisions(await model.probabilities(features))]).toEqual(labels);
});
