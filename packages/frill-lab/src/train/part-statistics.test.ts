import { expect, test } from 'vitest';
import { partSchema, teacherRecipeSchema } from '../models/combined/recipe.js';
import { project, scalePart } from '../models/combined/scaling.js';
import { random } from '../tensor/random.js';
import { fitScaling, principalComponents } from './part-statistics.js';

const stream = random('part statistics');
const ROWS = 400;
/** Two parts: three values of which one is constant, and two. */
const rows = Float32Array.from({ length: ROWS * 5 }, (_, at) =>
  at % 5 === 1 ? 7 : (at % 5) + (1 + (at % 5)) * stream.normal(),
);
const recipeOf = (changes: object = {}, whole: object = {}) =>
  teacherRecipeSchema.parse({
    sources: { own: { reader: 'log-mel' } },
    parts: ['a', 'b'].map((name) => ({ name, source: 'own', tensor: 'log-mel', ...changes })),
    ...whole,
  });

/** Mean and standard deviation of a column. */
function moments(values: Float32Array, width: number, column: number) {
  const own = values.filter((_, at) => at % width === column);
  const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
  return {
    mean,
    deviation: Math.sqrt(own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / own.length),
  };
}

test('values are standardised, and a constant one counts for nothing', () => {
  const { parts } = fitScaling(rows, [3, 2], recipeOf());
  const own = Float32Array.from({ length: ROWS * 3 }, (_, at) => rows[Math.floor(at / 3) * 5 + (at % 3)]);
  const scaled = scalePart(own, partSchema.parse({ ...recipeOf().parts[0], length: 'as-is' }), parts[0]);
  for (const column of [0, 2]) {
    expect(moments(scaled, 3, column).mean).toBeCloseTo(0, 4);
    expect(moments(scaled, 3, column).deviation).toBeCloseTo(1, 4);
  }
  expect(parts[0].factors[1]).toBe(0);
});

test('principal components are uncorrelated, in order of variance, and all equal when whitened', () => {
  const width = 4;
  const mixed = new Float32Array(ROWS * width);
  for (let row = 0; row < ROWS; row++) {
    const [a, b] = [stream.normal(), stream.normal()];
    mixed.set([5 * a + 1, 5 * a + b, 0.1 * stream.normal(), b - 3], row * width);
  }
  const plain = project(mixed, principalComponents(mixed, width, 3, 0, 'test'));
  const deviations = [0, 1, 2].map((column) => moments(plain, 3, column).deviation);
  expect(deviations[0]).toBeGreaterThan(deviations[1]);
  expect(deviations[1]).toBeGreaterThan(deviations[2]);
  let product = 0;
  for (let row = 0; row < ROWS; row++) product += plain[row * 3] * plain[row * 3 + 1];
  expect(product / ROWS).toBeCloseTo(0, 3);
  const white = project(mixed, principalComponents(mixed, width, 3, 1, 'test'));
  for (const column of [0, 1, 2]) expect(moments(white, 3, column).deviation).toBeCloseTo(1, 3);
});

test.each([
  [
    'values that are not finite',
    rows.map((value, at) => (at === 8 ? Number.NaN : value)),
    {},
    /part 'b': it gives values that are not finite/,
  ],
  [
    'values that never change',
    rows.map((value, at) => (at % 5 > 2 ? 1 : value)),
    {},
    /part 'b': its values are the same for all windows/,
  ],
  ['more components than values', rows, { components: 3 }, /part 'b': 3 principal components of 2 values/],
])('%s are refused', (_, values, changes, message) => {
  expect(() => fitScaling(values, [3, 2], recipeOf(changes))).toThrow(message);
});
