/**
 * Random forest (Breiman, 2001) as scikit-learn's: class probabilities averaged over trees that are grown side by side, each from
 * a random stream of its own, so that the forest does not depend on the threads.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { matrix } from '../../linear-algebra/matrix-product.js';
import { workerModule } from '../../run/worker-module.js';
import { addVotes, type ForestTask, type Tree, TreeGrower } from './decision-tree.js';
import { balancedWeights, type Classifier, type LabelledRows, type Probe } from './probe.js';
import { rankColumns } from './ranked-columns.js';

export interface RandomForestOptions {
  readonly trees?: number;
  /** Whether rare classes count as much as common ones. */
  readonly weights?: 'equal' | 'balanced';
  /** Names the random stream; the same seed grows the same forest. */
  readonly seed?: string;
  /** One a core by default, where the forest is large enough for that. */
  readonly threads?: number;
  /** The threads' module. */
  readonly worker?: URL;
}

export function randomForest(options: RandomForestOptions = {}): Probe {
  const { trees = 100, weights = 'equal' } = options;
  return {
    name: `random forest, ${trees} trees${weights === 'balanced' ? ', balanced' : ''}`,
    invariance: 'none',
    fit: (train) => growForest(train, options),
  };
}

/** What a thread is given: it grows the trees of these numbers. */
export interface TreesOfThread {
  readonly task: ForestTask;
  readonly trees: readonly number[];
}

/** Rows looked at, over all trees and features tried, from which threads are worth starting. */
const WORTH_THREADS = 10_000_000;

export async function growForest(
  { features, labels, classes }: LabelledRows,
  {
    trees = 100,
    weights = 'equal',
    seed = '0',
    threads,
    worker = workerModule(new URL('./forest-worker.js', import.meta.url)),
  }: RandomForestOptions = {},
): Promise<Classifier> {
  const task: ForestTask = {
    columns: rankColumns(features),
    labels: Uint32Array.from(labels),
    classWeights:
      weights === 'balanced' ? balancedWeights(labels, classes) : new Float64Array(classes).fill(1),
    seed,
  };
  const numbers = Array.from({ length: trees }, (_, index) => index);
  const isLarge = features.rows * Math.sqrt(features.columns) * trees >= WORTH_THREADS;
  const used = threads ?? (isLarge ? availableParallelism() : 1);
  const forest =
    worker && used > 1 ? await growOnThreads(task, numbers, used, worker) : growHere(task, numbers);
  return {
    async probabilities(rows) {
      const result = matrix(rows.rows, classes);
      for (const tree of forest) addVotes(tree, rows, result);
      for (let i = 0; i < result.data.length; i++) result.data[i] /= trees;
      return result;
    },
  };
}

function growHere(task: ForestTask, numbers: readonly number[]): Tree[] {
  const grower = new TreeGrower(task);
  return numbers.map((index) => grower.grow(index));
}

async function growOnThreads(
  task: ForestTask,
  numbers: readonly number[],
  threads: number,
  worker: URL,
): Promise<Tree[]> {
  const ofThread = Array.from({ length: Math.min(threads, numbers.length) }, (_, thread) =>
    numbers.filter((index) => index % threads === thread),
  );
  const grown = await Promise.all(ofThread.map((trees) => onThread(worker, { task, trees })));
  return numbers.map((index) => grown[index % threads][Math.floor(index / threads)]);
}

function onThread(worker: URL, workerData: TreesOfThread): Promise<Tree[]> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(worker, { workerData });
    thread.once('message', resolve).once('error', reject);
    thread.once('exit', (code) => reject(new Error(`a thread that grows trees ended with code ${code}`)));
  });
}
