/**
 * Random forest (Breiman, 2001) as scikit-learn grows it: bootstrap samples, fully grown trees, the best Gini split among
 * sqrt(dimensions) random features that vary in the node, class probabilities averaged over the trees.
 *
 * Features are replaced once by the ranks of their values, so that a node sorts small integers.
 */
import { type Random, random } from '../../tensor/random.js';
import { type Matrix, matrix } from '../linear-algebra/matrix-product.js';
import { balancedWeights, type Classifier, type LabelledRows, type Probe } from './probe.js';

export interface RandomForestOptions {
  readonly trees?: number;
  /** Whether rare classes count as much as common ones. */
  readonly weights?: 'equal' | 'balanced';
  /** Names the random stream; the same seed grows the same forest. */
  readonly seed?: string;
}

export function randomForest(options: RandomForestOptions = {}): Probe {
  const { trees = 100, weights = 'equal' } = options;
  return {
    name: `random forest, ${trees} trees${weights === 'balanced' ? ', balanced' : ''}`,
    invariance: 'none',
    fit: async (train) => growForest(train, options),
  };
}

/** Columns by increasing value: `ranks` is [columns][rows]; equal values have equal ranks. */
interface RankedColumns {
  readonly ranks: readonly Uint32Array[];
  /** Value of each rank, by column. */
  readonly values: readonly Float32Array[];
}

export function growForest(
  { features, labels, classes }: LabelledRows,
  { trees = 100, weights = 'equal', seed = '0' }: RandomForestOptions = {},
): Classifier {
  const columns = rankColumns(features);
  const byClass =
    weights === 'balanced' ? balancedWeights(labels, classes) : new Float64Array(classes).fill(1);
  const grower = new TreeGrower(columns, features.rows, labels, classes);
  const forest = Array.from({ length: trees }, (_, index) => {
    const stream = random(`forest/${seed}/${index}`);
    const clipWeights = new Float64Array(features.rows);
    for (let i = 0; i < features.rows; i++) clipWeights[stream.integer(features.rows)]++;
    for (let i = 0; i < features.rows; i++) clipWeights[i] *= byClass[labels[i]];
    return grower.grow(clipWeights, stream);
  });
  return {
    async probabilities(rows) {
      const result = matrix(rows.rows, classes);
      for (const tree of forest) addVotes(tree, rows, result);
      for (let i = 0; i < result.data.length; i++) result.data[i] /= trees;
      return result;
    },
  };
}

function rankColumns({ rows, columns, data }: Matrix): RankedColumns {
  const ranks: Uint32Array[] = [];
  const values: Float32Array[] = [];
  for (let column = 0; column < columns; column++) {
    const own = Float32Array.from({ length: rows }, (_, row) => data[row * columns + column]);
    const sorted = own.slice().sort();
    let distinct = 0;
    for (let i = 0; i < rows; i++)
      if (i === 0 || sorted[i] !== sorted[distinct - 1]) sorted[distinct++] = sorted[i];
    const levels = sorted.slice(0, distinct);
    values.push(levels);
    ranks.push(Uint32Array.from(own, (value) => placeOf(levels, value)));
  }
  return { ranks, values };
}

function placeOf(sorted: Float32Array, value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Nodes in one list; a leaf has feature -1 and its class distribution. */
interface Tree {
  readonly feature: number[];
  readonly threshold: number[];
  readonly left: number[];
  readonly right: number[];
  readonly distribution: (Float64Array | undefined)[];
}

/** Rows with a value at or under the threshold go left. */
function addVotes(tree: Tree, { rows, columns, data }: Matrix, into: Matrix): void {
  for (let row = 0; row < rows; row++) {
    let node = 0;
    while (tree.feature[node] >= 0) {
      const value = Math.fround(data[row * columns + tree.feature[node]]);
      node = value <= tree.threshold[node] ? tree.left[node] : tree.right[node];
    }
    const distribution = tree.distribution[node]!;
    for (let label = 0; label < into.columns; label++)
      into.data[row * into.columns + label] += distribution[label];
  }
}

interface Split {
  feature: number;
  /** The largest rank that goes left. */
  rank: number;
  threshold: number;
}

/** Up to here insertion sort beats the radix sort. */
const SMALL_NODE = 40;

/** Grows trees over the same columns; its work arrays are allocated once. */
class TreeGrower {
  readonly #columns: RankedColumns;
  readonly #labels: ArrayLike<number>;
  readonly #classes: number;
  readonly #tried: number;
  readonly #members: Uint32Array;
  readonly #order: Uint32Array;
  readonly #spare: Uint32Array;
  readonly #features: Uint32Array;
  readonly #total: Float64Array;
  readonly #left: Float64Array;
  #weights = new Float64Array(0);

  constructor(columns: RankedColumns, rows: number, labels: ArrayLike<number>, classes: number) {
    this.#columns = columns;
    this.#labels = labels;
    this.#classes = classes;
    this.#tried = Math.max(1, Math.floor(Math.sqrt(columns.ranks.length)));
    this.#members = new Uint32Array(rows);
    this.#order = new Uint32Array(rows);
    this.#spare = new Uint32Array(rows);
    this.#features = Uint32Array.from(columns.ranks, (_, index) => index);
    this.#total = new Float64Array(classes);
    this.#left = new Float64Array(classes);
  }

  /** One tree on the rows with a positive weight. */
  grow(weights: Float64Array<ArrayBuffer>, stream: Random): Tree {
    this.#weights = weights;
    let count = 0;
    for (let row = 0; row < weights.length; row++) if (weights[row] > 0) this.#members[count++] = row;
    const tree: Tree = { feature: [], threshold: [], left: [], right: [], distribution: [] };
    this.#growNode(tree, 0, count, stream);
    return tree;
  }

  #growNode(tree: Tree, start: number, end: number, stream: Random): number {
    const node = tree.feature.push(-1) - 1;
    tree.threshold.push(0);
    tree.left.push(-1);
    tree.right.push(-1);
    const total = this.#total.fill(0);
    for (let i = start; i < end; i++)
      total[this.#labels[this.#members[i]]] += this.#weights[this.#members[i]];
    const isPure = total.reduce((present, weight) => present + (weight > 0 ? 1 : 0), 0) < 2;
    const split = isPure ? undefined : this.#bestSplit(start, end, stream);
    if (split === undefined) {
      const sum = total.reduce((a, b) => a + b, 0);
      tree.distribution[node] = total.map((weight) => weight / sum);
      return node;
    }
    const middle = this.#partition(start, end, split);
    tree.feature[node] = split.feature;
    tree.threshold[node] = split.threshold;
    tree.left[node] = this.#growNode(tree, start, middle, stream);
    tree.right[node] = this.#growNode(tree, middle, end, stream);
    return node;
  }

  /** The best split among random features, drawn until enough of them vary; undefined when none does. */
  #bestSplit(start: number, end: number, stream: Random): Split | undefined {
    const features = this.#features;
    let best: Split | undefined;
    let bestScore = Number.NEGATIVE_INFINITY;
    let varying = 0;
    for (let drawn = 0; drawn < features.length && varying < this.#tried; drawn++) {
      const other = drawn + stream.integer(features.length - drawn);
      const feature = features[other];
      features[other] = features[drawn];
      features[drawn] = feature;
      const ranks = this.#columns.ranks[feature];
      const order = this.#sorted(start, end, ranks);
      const size = end - start;
      if (ranks[order[0]] === ranks[order[size - 1]]) continue;
      varying++;
      const found = this.#bestCut(order, size, ranks);
      if (found.score <= bestScore) continue;
      bestScore = found.score;
      const values = this.#columns.values[feature];
      const [below, above] = [values[ranks[order[found.at - 1]]], values[ranks[order[found.at]]]];
      const middle = Math.fround(below / 2 + above / 2);
      best = {
        feature,
        rank: ranks[order[found.at - 1]],
        threshold: middle < above ? middle : below,
      };
    }
    return best;
  }

  /** Where to cut the sorted rows for the least Gini impurity: the sum of squares over each side's weight is largest. */
  #bestCut(order: Uint32Array, size: number, ranks: Uint32Array): { at: number; score: number } {
    const [labels, weights, total, left] = [this.#labels, this.#weights, this.#total, this.#left];
    left.fill(0);
    let leftWeight = 0;
    let leftSquares = 0;
    let rightWeight = 0;
    let rightSquares = 0;
    for (let label = 0; label < this.#classes; label++) {
      rightWeight += total[label];
      rightSquares += total[label] * total[label];
    }
    let best = { at: 0, score: Number.NEGATIVE_INFINITY };
    for (let i = 0; i < size - 1; i++) {
      const row = order[i];
      const label = labels[row];
      const weight = weights[row];
      const right = total[label] - left[label];
      leftSquares += weight * (2 * left[label] + weight);
      rightSquares -= weight * (2 * right - weight);
      left[label] += weight;
      leftWeight += weight;
      rightWeight -= weight;
      if (ranks[row] === ranks[order[i + 1]]) continue;
      const score = leftSquares / leftWeight + rightSquares / rightWeight;
      if (score > best.score) best = { at: i + 1, score };
    }
    return best;
  }

  /** The node's rows by increasing rank. */
  #sorted(start: number, end: number, ranks: Uint32Array): Uint32Array {
    const size = end - start;
    const [members, order] = [this.#members, this.#order];
    if (size <= SMALL_NODE) {
      for (let i = 0; i < size; i++) {
        const row = members[start + i];
        const rank = ranks[row];
        let place = i;
        for (; place > 0 && ranks[order[place - 1]] > rank; place--) order[place] = order[place - 1];
        order[place] = row;
      }
      return order;
    }
    for (let i = 0; i < size; i++) order[i] = members[start + i];
    const highest = this.#columns.ranks[0].length;
    let [from, to] = [order, this.#spare];
    for (let shift = 0; 2 ** shift < highest; shift += 8) {
      const places = new Uint32Array(257);
      for (let i = 0; i < size; i++) places[((ranks[from[i]] >>> shift) & 255) + 1]++;
      for (let digit = 0; digit < 256; digit++) places[digit + 1] += places[digit];
      for (let i = 0; i < size; i++) to[places[(ranks[from[i]] >>> shift) & 255]++] = from[i];
      [from, to] = [to, from];
    }
    return from;
  }

  /** Moves the rows that go left to the front; returns where the others begin. */
  #partition(start: number, end: number, { feature, rank }: Split): number {
    const ranks = this.#columns.ranks[feature];
    const members = this.#members;
    let middle = start;
    for (let i = start; i < end; i++) {
      if (ranks[members[i]] > rank) continue;
      const row = members[i];
      members[i] = members[middle];
      members[middle++] = row;
    }
    return middle;
  }
}
