/**
 * The low-rank bottleneck, learnt: y = x (alpha A + (1 - alpha) B C) + bias while alpha falls (Peplinski et al. 2021; see
 * bottleneck-schedule.ts for when). At each decrement B and C become the best factors of the whole layer, alpha A +
 * (1 - alpha) B C, by SVD; so that what either part has learnt is kept, and the last step, from alpha A to nothing, is
 * a small one. (The public code took them from A alone, and went on doing so after alpha had reached 0.)
 *
 * What Adam knows must follow. When B and C enter, their moments come from A's by the chain rule, dB = dA C^T and
 * dC = B^T dA: with zeros instead, and a step count far past bias correction, their first updates would be several
 * times too large. New factors are rotated towards the old ones, which leaves the product alone and their moments valid.
 */
import { compileOrt } from '../engine/ort/compile.js';
import { Graph } from '../graph/graph.js';
import { blend } from '../graph/ops/blend.js';
import { dense, denseInputGradientOp } from '../graph/ops/dense.js';
import { type MatrixProducts, subspaceFactors } from '../linear-algebra/subspace-iteration.js';
import { alignFactors, type LowRankFactors } from '../linear-algebra/svd.js';
import type { Random } from '../tensor/random.js';
import { type Tensor, tensor, type Weights } from '../tensor/tensor.js';

/** What a training step starts from: parameters, and Adam's mean of gradients and of their squares. */
export interface OptimiserState {
  readonly weights: Weights;
  readonly firstMoments: Weights;
  readonly secondMoments: Weights;
}

export const KERNEL = 'bottleneck/kernel';
const FACTOR_B = 'bottleneck/factor_b';
const FACTOR_C = 'bottleneck/factor_c';

/** Sweeps of the first factorisation, which has nothing to start from, and of those that follow a moving layer. */
const COLD_SWEEPS = 6;
const WARM_SWEEPS = 1;

type Matrix = Tensor<Float32Array>;

/** Factors of one bottleneck, kept up with its training. */
export class Compression {
  private constructor(
    readonly rank: number,
    private readonly products: LayerProducts,
  ) {}

  /** A compression of a kernel [ins, outs]. */
  static async create(ins: number, outs: number, rank: number, threads: number): Promise<Compression> {
    return new Compression(rank, await LayerProducts.create(ins, outs, rank, threads));
  }

  /** Adds B and C, and their moments, to a state that has the kernel alone. */
  async begin({ weights, firstMoments, secondMoments }: OptimiserState, random: Random): Promise<void> {
    const of = (matrix: Matrix) => this.products.of(matrix);
    const factors = await subspaceFactors(of(read(weights, KERNEL)), this.rank, {
      random,
      sweeps: COLD_SWEEPS,
    });
    const b = storeLeft(factors);
    const c = storeRight(factors);
    weights.set(FACTOR_B, b).set(FACTOR_C, c);

    const first = of(read(firstMoments, KERNEL));
    firstMoments
      .set(FACTOR_B, await timesTransposed(first, c))
      .set(FACTOR_C, await transposedTimes(b, first));
    const second = of(read(secondMoments, KERNEL));
    secondMoments
      .set(FACTOR_B, await timesTransposed(second, squared(c)))
      .set(FACTOR_C, await transposedTimes(squared(b), second));
  }

  /** Overwrites B and C with the best factors of the layer as it is at this alpha. */
  async refactorise(weights: Weights, alpha: number, random: Random): Promise<void> {
    const b = read(weights, FACTOR_B);
    const c = read(weights, FACTOR_C);
    const layer = this.products.of(read(weights, KERNEL), { alpha, b, c });
    const fresh = await subspaceFactors(layer, this.rank, { start: c, random, sweeps: WARM_SWEEPS });
    const aligned = alignFactors(fresh, { left: tensor(b.shape, b.data), right: tensor(c.shape, c.data) });
    b.data.set(aligned.left.data);
    c.data.set(aligned.right.data);
  }

  close(): Promise<void> {
    return this.products.close();
  }
}

/** Takes the full kernel out of a state whose alpha has reached 0. */
export function dropKernel({ weights, firstMoments, secondMoments }: OptimiserState): void {
  for (const tensors of [weights, firstMoments, secondMoments]) tensors.delete(KERNEL);
}

/** Products with alpha A + (1 - alpha) B C by onnxruntime, without ever forming it. */
class LayerProducts {
  private constructor(
    readonly ins: number,
    readonly outs: number,
    readonly rank: number,
    private readonly run: (
      side: 'forward' | 'backward',
      vectors: Float32Array,
      count: number,
      layer: { a: Matrix; b: Matrix; c: Matrix; alpha: number },
    ) => Promise<Float32Array>,
    readonly close: () => Promise<void>,
  ) {}

  static async create(ins: number, outs: number, rank: number, threads: number): Promise<LayerProducts> {
    const graph = new Graph();
    const a = graph.input('a', [ins, outs]);
    const b = graph.input('b', [ins, rank]);
    const c = graph.input('c', [rank, outs]);
    const alpha = graph.input('alpha', []);
    // Vectors go through one at a time as a batch of this size; what is left over is zeros.
    const batch = Math.min(rank + 8, ins, outs);
    const x = graph.input('x', [batch, ins]);
    const y = graph.input('y', [batch, outs]);
    const back = (value: typeof x, kernel: typeof a) =>
      graph.apply(denseInputGradientOp, [value, kernel], {})[0];
    const outputs = {
      forward: blend(dense(x, a), dense(dense(x, b), c), alpha),
      backward: blend(back(y, a), back(back(y, c), b), alpha),
    };
    const programs = {
      forward: await compileOrt(graph, [outputs.forward], new Map(), { threads }),
      backward: await compileOrt(graph, [outputs.backward], new Map(), { threads }),
    };
    return new LayerProducts(
      ins,
      outs,
      rank,
      async (side, vectors, count, layer) => {
        const [vector, width] = side === 'forward' ? [x, outs] : [y, ins];
        const padded = new Float32Array(batch * vector.shape[1]);
        padded.set(vectors);
        const [product] = await programs[side].run(
          new Map([
            [vector, padded],
            [a, layer.a.data],
            [b, layer.b.data],
            [c, layer.c.data],
            [alpha, Float32Array.of(layer.alpha)],
          ]),
        );
        return Float32Array.from(product.data.subarray(0, count * width));
      },
      async () => {
        await programs.forward.close();
        await programs.backward.close();
      },
    );
  }

  /** Products with a kernel alone, or blended with factors. */
  of(
    a: Matrix,
    blended?: { readonly alpha: number; readonly b: Matrix; readonly c: Matrix },
  ): MatrixProducts {
    const layer = {
      a,
      b: blended?.b ?? zeros(this.ins, this.rank),
      c: blended?.c ?? zeros(this.rank, this.outs),
      alpha: blended?.alpha ?? 1,
    };
    return {
      rows: this.ins,
      columns: this.outs,
      rowTimesMatrix: (vectors, count) => this.run('forward', vectors, count, layer),
      matrixTimesColumn: (vectors, count) => this.run('backward', vectors, count, layer),
    };
  }
}

/** A right^T, [ins, rank]. */
async function timesTransposed(matrix: MatrixProducts, right: Matrix): Promise<Matrix> {
  const rank = right.shape[0];
  return transposed({ shape: [rank, matrix.rows], data: await matrix.matrixTimesColumn(right.data, rank) });
}

/** left^T A, [rank, outs]. */
async function transposedTimes(left: Matrix, matrix: MatrixProducts): Promise<Matrix> {
  const rank = left.shape[1];
  return { shape: [rank, matrix.columns], data: await matrix.rowTimesMatrix(transposed(left).data, rank) };
}

function transposed({ shape: [rows, columns], data }: Matrix): Matrix {
  const turned = zeros(columns, rows);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) turned.data[j * rows + i] = data[i * columns + j];
  return turned;
}

function squared({ shape, data }: Matrix): Matrix {
  return { shape, data: data.map((value) => value * value) };
}

function zeros(rows: number, columns: number): Matrix {
  return { shape: [rows, columns], data: new Float32Array(rows * columns) };
}

function storeLeft({ left }: LowRankFactors): Matrix {
  return { shape: left.shape, data: Float32Array.from(left.data) };
}

function storeRight({ right }: LowRankFactors): Matrix {
  return { shape: right.shape, data: Float32Array.from(right.data) };
}

function read(tensors: Weights, name: string): Matrix {
  const found = tensors.get(name);
  if (!found) throw new Error(`compression: ${name} is missing`);
  return found;
}
