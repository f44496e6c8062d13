/**
 * The last layer of a student that starts with the weights of another, fitted to its own teacher by ridge regression (Hoerl & Kennard,
 * 1970) on windows as they are. A student of another teacher thus begins with the best that its features can say; gradient steps
 * would first spoil those features for the sake of a last layer that is wrong.
 */
import { compileOrt } from '../engine/ort/compile.js';
import type { SessionOptions } from '../engine/ort/session.js';
import { addToDiagonal, inverseFactor, solve } from '../linear-algebra/inverse-factor.js';
import { type Matrix, matrix, multiply } from '../linear-algebra/matrix-product.js';
import type { DistillationStudent } from '../models/student.js';
import type { Weights } from '../tensor/tensor.js';
import { RowOrder, readBatches } from './batches.js';
import type { DistillationOptions } from './distillation-options.js';
import type { DistillationRows } from './distillation-rows.js';
import type { TargetScale } from './target-scale.js';
import { phaseFeeds, type TrainingPhase } from './training-phase.js';

/** Windows that the layer is fitted on: 16 for each of 1,024 values. */
const MOST_ROWS = 16_384;
/** Ridge, as a share of the average variance of the embedding. */
const RIDGE = 1e-5;

export interface LastLayerFit {
  /** The network as it would be exported, for batches of `options.batch`. */
  readonly student: DistillationStudent;
  readonly phase: TrainingPhase;
  /** Of the whole network; the last layer is replaced in place. */
  readonly weights: Weights;
  readonly data: DistillationRows;
  readonly scale: TargetScale;
  readonly options: DistillationOptions;
  readonly session: SessionOptions;
}

/** Fits the head or, where there is none, the bottleneck, whose embedding is then the prediction. */
export async function fitLastLayer(fit: LastLayerFit): Promise<void> {
  const { weights, options } = fit;
  const [layer, bias] = await regress(fit);
  if (options.head === 'linear') {
    tensorOf(weights, 'embedding_to_target/kernel').set(layer.data);
    tensorOf(weights, 'embedding_to_target/bias').set(bias.data);
    return;
  }
  // What was the embedding's last layer, followed by the fitted one, is one layer.
  const kernel = tensorOf(weights, 'bottleneck/kernel');
  const offset = tensorOf(weights, 'bottleneck/bias');
  const rows = kernel.length / layer.rows;
  kernel.set((await multiply(matrix(rows, layer.rows, Float64Array.from(kernel)), layer)).data);
  const moved = await multiply(matrix(1, layer.rows, Float64Array.from(offset)), layer);
  offset.set(moved.data.map((value, i) => value + bias.data[i]));
}

/** The map from embeddings to scaled targets of least squared error: [embedding, targets] and [1, targets]. */
async function regress({ student, phase, weights, data, scale, options, session }: LastLayerFit) {
  const width = student.embedding.shape[1];
  const wanted = data.targets.width;
  const { batch } = options;
  const rows = data.split.train;
  const steps = Math.ceil(Math.min(MOST_ROWS, rows.length) / batch);
  const order = new RowOrder(rows, `${options.seed}/last layer`);
  // A column of ones behind the embedding has the bias fitted along.
  const inputs = matrix(batch, width + 1);
  const squares = matrix(width + 1, width + 1);
  const products = matrix(width + 1, wanted);
  const program = await compileOrt(student.graph, [student.embedding], weights, session);
  try {
    for await (const [features, targets] of readBatches(
      [data.features, data.targets],
      (step) => order.batch(step, batch),
      0,
      steps,
    )) {
      scale.apply(targets);
      const [{ data: embedding }] = await program.run(
        new Map([[student.input, features], ...phaseFeeds(student, phase)]),
      );
      for (let row = 0; row < batch; row++) {
        inputs.data.set(embedding.subarray(row * width, (row + 1) * width), row * (width + 1));
        inputs.data[row * (width + 1) + width] = 1;
      }
      add(squares, await multiply(inputs, inputs, 'left'));
      add(products, await multiply(inputs, matrix(batch, wanted, Float64Array.from(targets)), 'left'));
    }
  } finally {
    await program.close();
  }
  return solveCentred(squares, products);
}

/** Ridge regression out of the sums of [inputs, 1]' [inputs, 1] and [inputs, 1]' targets; the bias is not held small. */
async function solveCentred(
  squares: Matrix,
  products: Matrix,
): Promise<readonly [layer: Matrix, bias: Matrix]> {
  const width = squares.rows - 1;
  const wanted = products.columns;
  const sums = squares.data.subarray(width * (width + 1));
  const count = sums[width];
  const covariance = matrix(width, width);
  const shared = matrix(width, wanted);
  for (let i = 0; i < width; i++) {
    const mean = sums[i] / count;
    for (let j = 0; j < width; j++)
      covariance.data[i * width + j] = squares.data[i * (width + 1) + j] - mean * sums[j];
    for (let j = 0; j < wanted; j++)
      shared.data[i * wanted + j] = products.data[i * wanted + j] - mean * products.data[width * wanted + j];
  }
  addToDiagonal(covariance, (RIDGE * addToDiagonal(covariance, 0)) / width);
  const layer = await solve(await inverseFactor(covariance), shared);
  const bias = matrix(1, wanted, products.data.slice(width * wanted));
  for (let j = 0; j < wanted; j++) {
    for (let i = 0; i < width; i++) bias.data[j] -= sums[i] * layer.data[i * wanted + j];
    bias.data[j] /= count;
  }
  return [layer, bias];
}

function add(into: Matrix, { data }: Matrix): void {
  for (let i = 0; i < data.length; i++) into.data[i] += data[i];
}

function tensorOf(weights: Weights, name: string): Float32Array {
  const tensor = weights.get(name);
  if (!tensor) throw new Error(`no parameter ${name}`);
  return tensor.data;
}
