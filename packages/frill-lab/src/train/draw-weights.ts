/**
 * How often each window is drawn: sources of very different size shall not drown each other, nor the one kind of sound that most
 * of a corpus is of (balanced over clusters of the teacher's space: S-SONDO, arXiv 2604.24933).
 */
import { kMeans, nearest } from '../statistics/k-means.js';
import { random } from '../tensor/random.js';
import type { RowSource } from './batches.js';
import { groupWeights } from './weighted-order.js';

export interface Balance {
  /** Temperature of the shares of sources, see `groupWeights`; 1 leaves them as they are. */
  readonly temperature: number;
  /** Clusters of the teacher's values that are drawn from equally often; 0 for none. */
  readonly clusters: number;
  readonly seed: string;
}

/** Rows that clusters are sought in; all are then put into the nearest. */
const SAMPLE = 8192;
/** First values of the teacher that count: of principal components those that vary most. */
const MOST_VALUES = 64;
const READ = 256;

/**
 * Weights of `rows`, in their order, or undefined where all weigh the same. `sourceOf` numbers the source of each.
 */
export async function drawWeights(
  rows: Uint32Array,
  sourceOf: (row: number) => number,
  targets: RowSource,
  { temperature, clusters, seed }: Balance,
): Promise<Float64Array | undefined> {
  if (temperature === 1 && clusters === 0) return undefined;
  const bySource = groupWeights(rows.map(sourceOf), temperature);
  if (clusters === 0) return bySource;
  const byCluster = groupWeights(await clusterOf(rows, targets, clusters, seed), Number.POSITIVE_INFINITY);
  return bySource.map((weight, i) => weight * byCluster[i]);
}

/** The cluster of each row. */
async function clusterOf(
  rows: Uint32Array,
  targets: RowSource,
  clusters: number,
  seed: string,
): Promise<Uint32Array> {
  const width = Math.min(MOST_VALUES, targets.width);
  const stride = Math.ceil(rows.length / SAMPLE);
  const sample = rows.filter((_, i) => i % stride === 0);
  const points = new Float32Array(sample.length * width);
  await readFirst(sample, targets, width, (first, values) => points.set(values, first * width));
  const means = kMeans(points, width, Math.min(clusters, sample.length), random(`${seed}/clusters`));
  const groups = new Uint32Array(rows.length);
  await readFirst(rows, targets, width, (first, values) => groups.set(nearest(values, width, means), first));
  return groups;
}

/** The first `width` values of rows, some rows at a time. */
async function readFirst(
  rows: Uint32Array,
  targets: RowSource,
  width: number,
  take: (first: number, values: Float32Array) => void,
): Promise<void> {
  const whole = new Float32Array(READ * targets.width);
  for (let first = 0; first < rows.length; first += READ) {
    const some = rows.subarray(first, first + READ);
    await targets.read(some, whole);
    const values = new Float32Array(some.length * width);
    for (let row = 0; row < some.length; row++)
      values.set(whole.subarray(row * targets.width, row * targets.width + width), row * width);
    take(first, values);
  }
}
