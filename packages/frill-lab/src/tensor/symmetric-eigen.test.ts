import { expect, test } from 'vitest';
import { random } from './random.js';
import { symmetricEigen } from './symmetric-eigen.js';
import { tensor } from './tensor.js';

test.each([1, 2, 3, 12, 60])('A V = V diag(values) with orthonormal V, %i rows', (n) => {
  const stream = random(`eigen ${n}`);
  const a = tensor([n, n]);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) a.data[i * n + j] = a.data[j * n + i] = stream.normal();
  const { values, vectors } = symmetricEigen(a);
  const at = (i: number, k: number) => vectors.data[i * n + k];
  for (let k = 0; k < n; k++) {
    if (k > 0) expect(values[k]).toBeLessThanOrEqual(values[k - 1]);
    let worst = 0;
    for (let other = 0; other <= k; other++) {
      let product = k === other ? -1 : 0;
      for (let i = 0; i < n; i++) product += at(i, k) * at(i, other);
      worst = Math.max(worst, Math.abs(product));
    }
    for (let i = 0; i < n; i++) {
      let image = -values[k] * at(i, k);
      for (let j = 0; j < n; j++) image += a.data[i * n + j] * at(j, k);
      worst = Math.max(worst, Math.abs(image));
    }
    expect(worst).toBeLessThan(1e-10);
  }
});

test('equal values, zeros and a diagonal matrix', () => {
  const n = 5;
  const a = tensor([n, n]);
  for (const [i, value] of [2, 0, 2, -1, 0].entries()) a.data[i * n + i] = value;
  expect([...symmetricEigen(a).values]).toEqual([2, 2, 0, 0, -1]);
});

test('a matrix of low rank', () => {
  const [n, rank] = [40, 5];
  const stream = random('low rank');
  const factors = Array.from({ length: rank }, () => Float64Array.from({ length: n }, () => stream.normal()));
  const a = tensor([n, n]);
  for (const factor of factors)
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) a.data[i * n + j] += factor[i] * factor[j];
  const { values } = symmetricEigen(a);
  const total = factors.reduce((sum, factor) => sum + factor.reduce((square, x) => square + x * x, 0), 0);
  expect(values.subarray(0, rank).reduce((sum, value) => sum + value, 0)).toBeCloseTo(total, 9);
  for (const value of values.subarray(rank)) expect(Math.abs(value)).toBeLessThan(1e-10);
});
