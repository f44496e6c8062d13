import { describe, expect, test } from 'vitest';
import { goldenJson, goldenPath } from '../../../../../testing/golden.js';
import { evaluate, evaluateIn, expectTrueGradients } from '../../../../../testing/operations.js';
import { readNpy } from '../../tensor/npy.js';
import { tensor } from '../../tensor/tensor.js';
import { add } from './add.js';
import { blend } from './blend.js';
import { dense } from './dense.js';

test('alpha 1 is the first operand, alpha 0 the second', async () => {
  const a = tensor([2], [1, 2]);
  const b = tensor([2], [10, 20]);
  expect((await evaluate(blend, a, b, tensor([], [1]))).data).toEqual(a.data);
  expect((await evaluate(blend, a, b, tensor([], [0]))).data).toEqual(b.data);
  expect((await evaluate(blend, a, b, tensor([], [0.5]))).data).toEqual(Float64Array.of(5.5, 11));
});

test('gradients agree with finite differences', () =>
  expectTrueGradients((a, b) => blend(a, b, a.graph.constant(tensor([], [0.3]))), [2, 3], [2, 3]));

describe('the blended dense layer of the independent fixture', () => {
  const { blend: fixture } = goldenJson<{ blend: { cases: { alpha: number; output: string }[] } }>(
    'lowrank/lowrank.json',
  );
  const read = (file: string) => readNpy(goldenPath(`lowrank/${file}`));

  const engines = [
    { engine: 'reference', bound: 1e-9 },
    { engine: 'ort', bound: 1e-5 },
  ] as const;
  const cases = engines.flatMap((engine) => fixture.cases.map((each) => ({ ...engine, ...each })));

  test.each(cases)('$engine, alpha $alpha', async ({ engine, bound, alpha, output }) => {
    // The fixture holds the product B C; with the identity as B it serves as C.
    const identity = tensor(
      [48, 48],
      Float64Array.from({ length: 48 * 48 }, (_, i) => (i % 49 === 0 ? 1 : 0)),
    );
    const y = await evaluateIn(
      engine,
      (x, full, b, c, bias, alpha) => add(blend(dense(x, full), dense(dense(x, b), c), alpha), bias),
      read('blend.input.npy'),
      read('tall.matrix.npy'),
      identity,
      read('tall.product_rank_4.npy'),
      read('blend.bias.npy'),
      tensor([], [alpha]),
    );
    const expected = read(output);
    const difference = y.data.map((v, i) => Math.abs(v - expected.data[i]));
    expect(Math.max(...difference)).toBeLessThan(bound);
  });
});
