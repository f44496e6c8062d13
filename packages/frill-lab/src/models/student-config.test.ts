import { expect, test } from 'vitest';
import { parseStudentName, studentConfigSchema, studentName } from './student-config.js';

const rest = { rank: 100, bottleneck: 2048, input: 'standardise' } as const;

test.each([
  'small-1-gap',
  'tiny-0.5-flat',
  'large-2-gap-lowrank',
  'small-1.25-flat-lowrank-qat',
  'tiny-1-gap-qat',
])('%s names one student', (name) => {
  const config = parseStudentName(name, rest);
  expect(studentName(config)).toBe(name);
  expect(studentConfigSchema.parse(config)).toEqual(config);
});

test.each([
  '',
  'small',
  'small-gap',
  'medium-1-gap',
  'small-0-gap',
  'small-1-gap-qat-lowrank',
  'small-9-flat',
])("'%s' is refused with an example", (name) => {
  expect(() => parseStudentName(name, rest)).toThrow(/not the name of a student.*small-1-gap/);
});
