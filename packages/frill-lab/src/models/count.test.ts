/** The published numbers of FRILL and its family. */
import { describe, expect, test } from 'vitest';
import { studentCost } from './count.js';
import { buildStudent } from './student.js';
import type { StudentConfig } from './student-config.js';

const frill: StudentConfig = {
  size: 'small',
  width: 2,
  pooling: 'gap',
  compression: { kind: 'none' },
  quantization: 'none',
  bottleneck: 2048,
  input: 'rescale',
};
const MEBI = 2 ** 20;

test('FRILL itself has 10,119,632 parameters', () => {
  expect(studentCost(frill).parameters).toBe(10_119_632);
});

test('its head for 12288 values has 25,178,112 more', () => {
  const { graph } = buildStudent(frill, { batch: 1, mode: 'training', targetWidth: 12288 });
  const head = graph.parameters.filter(({ name }) => name.startsWith('embedding_to_target/'));
  expect(head.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0)).toBe(25_178_112);
});

describe('sizes in MiB, and millions of multiply-accumulates', () => {
  test.each([
    { size: 'tiny', width: 0.5, mebibytes: 5.27, millions: 3.3 },
    { size: 'tiny', width: 1, mebibytes: 7.42, millions: 6.7 },
    { size: 'tiny', width: 1.5, mebibytes: 13.69, millions: 14.2 },
    { size: 'tiny', width: 2, mebibytes: 21.22, millions: 22.2 },
    { size: 'small', width: 0.5, mebibytes: 10.16, millions: 4.9 },
    { size: 'small', width: 1, mebibytes: 13.77, millions: 9.4 },
    { size: 'small', width: 1.5, mebibytes: 24.92, millions: 19.3 },
    { size: 'small', width: 2, mebibytes: 38.47, millions: 30.5 },
    { size: 'large', width: 0.5, mebibytes: 15.36, millions: 11.9 },
    { size: 'large', width: 1, mebibytes: 25.99, millions: 30.9 },
    { size: 'large', width: 1.5, mebibytes: 50.82, millions: 67.8 },
    { size: 'large', width: 2, mebibytes: 83.08, millions: 112.4 },
  ] as const)('$size $width', ({ size, width, mebibytes, millions }) => {
    const { bytes, multiplyAccumulates } = studentCost({ ...frill, size, width });
    expect(bytes / MEBI).toBeCloseTo(mebibytes, 2);
    expect(multiplyAccumulates / 1e6).toBeCloseTo(millions, 1);
  });

  test('flattened instead of pooled', () => {
    const cost = studentCost({ ...frill, pooling: 'flatten' });
    expect(cost.parameters / 1e6).toBeCloseTo(31.1, 1);
    expect(cost.bytes / MEBI).toBeCloseTo(118.5, 1);
    expect(cost.multiplyAccumulates / 1e6).toBeCloseTo(63.3, 1);
  });

  test('a bottleneck of rank 100', () => {
    const cost = studentCost({ ...frill, compression: { kind: 'low-rank', rank: 100 } });
    expect(cost.parameters / 1e6).toBeCloseTo(6.33, 2);
    expect(cost.bytes / MEBI).toBeCloseTo(24.0, 1);
  });
});
