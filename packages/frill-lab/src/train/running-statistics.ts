/**
 * Statistics of batch normalisation for inference, measured with the weights as they are: the mean of the batches'
 * means, and the variance of everything, which is the mean of the batches' variances plus the variance of their means.
 */
import { compileOrt } from '../engine/ort/compile.js';
import type { SessionOptions } from '../engine/ort/session.js';
import type { Graph, Value } from '../graph/graph.js';
import type { FloatArray, Weights } from '../tensor/tensor.js';
import type { Batch } from './batches.js';

/**
 * Overwrites, in `weights`, the statistics that the graph (in training mode) updates. `feeds` is what it needs beside
 * `input`, which gets the first matrix of each batch.
 */
export async function recalibrate(
  { graph, input }: { readonly graph: Graph; readonly input: Value },
  weights: Weights,
  batches: AsyncIterable<Batch>,
  feeds: Iterable<readonly [Value, FloatArray]>,
  options: SessionOptions,
): Promise<void> {
  const updates = graph.statisticUpdates;
  const program = await compileOrt(
    graph,
    updates.map(({ batch }) => batch),
    weights,
    options,
  );
  const sums = updates.map(({ statistic: { shape } }) => new Float64Array(shape[0]));
  const squares = updates.map(({ statistic: { shape } }) => new Float64Array(shape[0]));
  let count = 0;
  try {
    for await (const [features] of batches) {
      const results = await program.run(new Map([...feeds, [input, features]]));
      for (const [u, { data }] of results.entries())
        for (let i = 0; i < data.length; i++) {
          sums[u][i] += data[i];
          squares[u][i] += data[i] ** 2;
        }
      count++;
    }
  } finally {
    await program.close();
  }
  for (const [u, { statistic, mean }] of updates.entries()) {
    const target = weights.get(statistic.name)?.data;
    if (!target) throw new Error(`weights: ${statistic.name} is missing`);
    const spread = mean && updates.findIndex(({ batch }) => batch === mean);
    for (let i = 0; i < target.length; i++) {
      target[i] = sums[u][i] / count;
      if (spread !== undefined)
        target[i] += Math.max(0, squares[spread][i] / count - (sums[spread][i] / count) ** 2);
    }
  }
}
