import { expect, test } from 'vitest';
import { studentName } from '../models/student-config.js';
import { effects, factorsOf } from './effects.js';
import { chooseStudents, fullGrid } from './grid.js';

test('the grid has 144 different students', () => {
  const names = fullGrid().map(studentName);
  expect(names).toHaveLength(144);
  expect(new Set(names).size).toBe(144);
  expect(names).toContain('small-2-gap');
});

test('the built-in eight tell the effects of size, width and pooling apart', () => {
  const students = chooseStudents('builtin');
  expect(students).toHaveLength(8);
  const factors = students.map(factorsOf);
  const truth = factors.map((f) => 3 * Number(f.size === 'large') - 2 * f.width + 0.5 * f.gap);
  const fit = effects(factors, truth, { standardise: 'none' });
  expect(fit.names).toEqual(['intercept', 'size=small', 'size=large', 'width', 'gap']);
  [0, 0, 3, -2, 0.5].forEach((weight, i) => {
    expect(fit.weights[i]).toBeCloseTo(weight, 10);
  });
  expect(fit.fixed).toEqual(['compression', 'qat']);
});

test('the eight that begin with the weights of another network tell all five choices apart', () => {
  const students = chooseStudents('smaller');
  expect(students).toHaveLength(8);
  const factors = students.map(factorsOf);
  const truth = factors.map(
    (f) => Number(f.size === 'small') - 2 * f.width + 0.5 * f.gap - 3 * f.compression + 0.25 * f.qat,
  );
  const fit = effects(factors, truth, { standardise: 'none' });
  expect(fit.names).toEqual(['intercept', 'size=small', 'width', 'gap', 'compression', 'qat']);
  [0, 1, -2, 0.5, -3, 0.25].forEach((weight, i) => {
    expect(fit.weights[i]).toBeCloseTo(weight, 10);
  });
});

test('students are chosen by name, each once', () => {
  expect(chooseStudents('tiny-1-gap, large-2-flat-lowrank-qat tiny-1-gap').map(studentName)).toEqual([
    'tiny-1-gap',
    'large-2-flat-lowrank-qat',
  ]);
  expect(() => chooseStudents('huge-1-gap')).toThrow(/no student of the grid is named huge-1-gap/);
});
