import { describe, expect, test } from 'vitest';
import { goldenJson, goldenPath } from '../../../../testing/golden.js';
import { readNpy } from '../tensor/npy.js';
import { random } from '../tensor/random.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import { product, transpose } from './matrix.js';
import { plainProducts, subspaceFactors } from './subspace-iteration.js';
import { alignFactors, type LowRankFactors, lowRankFactors, svd } from './svd.js';

function whole({ left, right }: LowRankFactors): Tensor {
  return product(left, right);
}

function largestDifference(a: Tensor, b: Tensor): number {
  return a.data.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b.data[i])), 0);
}

/** Singular values fall like 2^-(k/8), as those of a trained layer do, only faster. */
function decaying(rows: number, columns: number, seed: string): Tensor {
  const stream = random(seed);
  const rank = 64;
  const left = tensor(
    [rows, rank],
    Float64Array.from({ length: rows * rank }, () => stream.normal()),
  );
  const right = tensor(
    [rank, columns],
    Float64Array.from(
      { length: rank * columns },
      (_, i) => stream.normal() * 2 ** -(Math.floor(i / columns) / 8),
    ),
  );
  return product(left, right);
}

describe('against LAPACK', () => {
  interface Case {
    readonly name: string;
    readonly matrix: string;
    readonly singular_values: string;
    readonly ranks: readonly { readonly rank: number; readonly product: string }[];
  }
  const folder = 'lowrank';
  const { cases } = goldenJson<{ cases: Case[] }>(`${folder}/lowrank.json`);

  for (const { name, matrix, singular_values, ranks } of cases)
    describe(name, () => {
      const a = readNpy(goldenPath(`${folder}/${matrix}`));

      test('singular values', () => {
        const { s } = svd(a);
        const expected = readNpy(goldenPath(`${folder}/${singular_values}`));
        expect(largestDifference(tensor([s.length], s), expected)).toBeLessThan(1e-9);
      });

      test.each(ranks)('product of rank $rank', ({ rank, product: expected }) => {
        const found = whole(lowRankFactors(a, rank));
        expect(largestDifference(found, readNpy(goldenPath(`${folder}/${expected}`)))).toBeLessThan(1e-9);
      });
    });
});

test('factors share the scale: left^T left = right right^T', () => {
  const { left, right } = lowRankFactors(decaying(30, 20, 'balance'), 4);
  for (let a = 0; a < 4; a++)
    for (let b = 0; b < 4; b++) {
      let [ofLeft, ofRight] = [0, 0];
      for (let i = 0; i < 30; i++) ofLeft += left.data[i * 4 + a] * left.data[i * 4 + b];
      for (let j = 0; j < 20; j++) ofRight += right.data[a * 20 + j] * right.data[b * 20 + j];
      expect(ofLeft).toBeCloseTo(ofRight, 10);
    }
});

test('a matrix of zeros has factors of zeros', () => {
  const { left, right } = lowRankFactors(tensor([5, 3]), 2);
  expect([...left.data, ...right.data].every((value) => value === 0)).toBe(true);
});

test('aligned factors have the same product, and undo a rotation', () => {
  const factors = lowRankFactors(decaying(30, 20, 'align'), 4);
  const { v } = svd(decaying(4, 4, 'rotation'));
  const turned = { left: product(factors.left, v), right: product(transpose(v), factors.right) };
  const aligned = alignFactors(factors, turned);
  expect(largestDifference(whole(aligned), whole(factors))).toBeLessThan(1e-10);
  expect(largestDifference(aligned.left, turned.left)).toBeLessThan(1e-10);
  expect(largestDifference(aligned.right, turned.right)).toBeLessThan(1e-10);
});

describe('subspace iteration', () => {
  test('agrees with the exact factors, tall and wide', async () => {
    for (const [rows, columns] of [
      [96, 60],
      [60, 96],
    ]) {
      const a = decaying(rows, columns, `agree/${rows}`);
      const found = await subspaceFactors(plainProducts(a), 10, { random: random('start'), sweeps: 12 });
      expect(largestDifference(whole(found), whole(lowRankFactors(a, 10)))).toBeLessThan(1e-4);
    }
  });

  test('one warm-started sweep follows a matrix that moves a little', async () => {
    const before = decaying(96, 60, 'moving');
    const { right: start } = lowRankFactors(before, 10);
    const stream = random('nudge');
    const after = tensor(
      [96, 60],
      before.data.map((value) => value + stream.normal(0, 1e-3)),
    );
    const exact = whole(lowRankFactors(after, 10));
    const error = async (options: { start?: Tensor }) =>
      largestDifference(
        whole(
          await subspaceFactors(plainProducts(after), 10, { ...options, random: random('x'), sweeps: 1 }),
        ),
        exact,
      );
    const warm = await error({ start });
    expect(warm).toBeLessThan(2e-3);
    expect(warm).toBeLessThan((await error({})) / 10);
  });

  test('a matrix of zeros has factors of zeros', async () => {
    const { left, right } = await subspaceFactors(plainProducts(tensor([20, 30])), 4, {
      random: random('start'),
      sweeps: 2,
    });
    expect([left.shape, right.shape]).toEqual([
      [20, 4],
      [4, 30],
    ]);
    expect([...left.data, ...right.data].every((value) => value === 0)).toBe(true);
  });

  test('a rank that the matrix does not have gives the matrix itself', async () => {
    const thin = product(decaying(40, 3, 'thin/left'), decaying(3, 30, 'thin/right'));
    const found = await subspaceFactors(plainProducts(thin), 12, { random: random('start'), sweeps: 3 });
    const scale = Math.max(...thin.data.map(Math.abs));
    expect(largestDifference(whole(found), thin) / scale).toBeLessThan(1e-6);
    expect([...found.left.data, ...found.right.data].every(Number.isFinite)).toBe(true);
  });
});
