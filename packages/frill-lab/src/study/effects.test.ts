import { describe, expect, test } from 'vitest';
import { goldenJson } from '../../../../testing/golden.js';
import { studentT } from '../statistics/student-t.js';
import { type EffectsOptions, effects, type Factors, factorsOf } from './effects.js';
import { fullGrid } from './grid.js';
import { chooseInteractions } from './interactions.js';

interface GoldenFit {
  names: string[];
  weights: number[];
  standard_errors: number[];
  r_squared: number;
  residual_standard_deviation: number;
  degrees_of_freedom: number;
}

const TARGETS = ['quality', 'latency_ms', 'size_mib'] as const;

interface Golden {
  models: (Factors & Record<(typeof TARGETS)[number], number>)[];
  regression: Record<string, Record<string, GoldenFit>>;
}

const VARIANTS: [string, EffectsOptions][] = [
  ['raw', { standardise: 'none' }],
  ['standardised_features', { standardise: 'factors' }],
  ['standardised_features_and_target', { standardise: 'both' }],
  ['ordinal_size_raw', { standardise: 'none', size: 'ordinal' }],
  ['ordinal_size_standardised_features', { standardise: 'factors', size: 'ordinal' }],
];

describe('effects against independent software', () => {
  const golden = goldenJson<Golden>('stats/stats.json');
  for (const target of TARGETS)
    test.each(VARIANTS)(`${target}, %s`, (variant, options) => {
      const expected = golden.regression[target][variant];
      const fit = effects(
        golden.models,
        golden.models.map((model) => model[target]),
        options,
      );
      expect(fit.names).toEqual(expected.names);
      expected.weights.forEach((weight, i) => {
        expect(Math.abs(fit.weights[i] - weight)).toBeLessThan(1e-8);
        expect(Math.abs(fit.standardErrors[i] - expected.standard_errors[i])).toBeLessThan(1e-8);
      });
      expect(Math.abs(fit.rSquared - expected.r_squared)).toBeLessThan(1e-10);
      expect(fit.residualStandardDeviation).toBeCloseTo(expected.residual_standard_deviation, 8);
      expect(fit.degreesOfFreedom).toBe(expected.degrees_of_freedom);
    });
});

const square: Factors[] = [0, 1].flatMap((gap) =>
  [0.5, 1, 2].map((width) => ({ size: 'tiny' as const, width, gap, compression: 0, qat: 0 })),
);

test('an interaction is found where it was put', () => {
  const truth = square.map(({ width, gap }) => 2 * width + gap + 3 * (width - 7 / 6) * (gap - 0.5));
  const fit = effects(square, truth, { standardise: 'none', interactions: [['width', 'gap']] });
  expect(fit.names.at(-1)).toBe('width x gap');
  expect(fit.weights.at(-1)).toBeCloseTo(3, 10);
  expect(fit.weights[fit.names.indexOf('width')]).toBeCloseTo(2, 10);
});

test('interactions of size are one for each of its indicators, and leave the main effects as they were', () => {
  const models = fullGrid().map(factorsOf);
  const truth = models.map(({ size, width, gap }, i) => (size === 'large' ? width : 0) + gap + 0.1 * (i % 7));
  const plain = effects(models, truth);
  const fit = effects(models, truth, { interactions: chooseInteractions('all') });
  expect(fit.names.filter((name) => name.includes(' x '))).toHaveLength(14);
  expect(fit.names).toContain('size=large x width');
  expect(fit.rSquared).toBeGreaterThan(plain.rSquared);
  for (const [i, name] of plain.names.entries())
    expect(fit.weights[fit.names.indexOf(name)]).toBeCloseTo(plain.weights[i], 10);
});

test('interactions are chosen by words', () => {
  expect(chooseInteractions('width:gap, qat:size')).toEqual([
    ['width', 'gap'],
    ['qat', 'size'],
  ]);
  expect(chooseInteractions('all')).toHaveLength(10);
  for (const words of ['width', 'width:depth', 'gap:gap', ''])
    expect(() => chooseInteractions(words)).toThrow(/interactions/);
});

test('too few models are refused', () => {
  expect(() => effects(square.slice(2, 4), [1, 2])).toThrow(/2 models cannot determine 3 weights/);
});

test('of choices that vary only together the first has a weight, and the others are named', () => {
  const confounded = square.map((model) => ({ ...model, qat: 1 - model.gap }));
  const target = [1, 2, 3, 4, 5, 6];
  const { names, weights, aliased } = effects(confounded, target);
  expect(aliased).toEqual(['qat']);
  expect(names).not.toContain('qat');
  expect(weights).toEqual(effects(square, target).weights);
});

test.each([
  [1, 12.7062],
  [2, 4.30265],
  [3, 3.18245],
  [10, 2.22814],
  [137, 1.97743],
])('t quantile for %i degrees of freedom', (degreesOfFreedom, expected) => {
  expect(studentT(0.95, degreesOfFreedom)).toBeCloseTo(expected, 4);
});
