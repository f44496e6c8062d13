/**
 * One tree of a random forest (Breiman, 2001) as scikit-learn grows it: a bootstrap sample, grown until its leaves are pure,
 * each node cut by the best Gini split among sqrt(dimensions) random features that vary in it.
 */

import type { Matrix } from '../../linear-algebra/matrix-product.js';
import { type Random, random } from '../../tensor/random.js';
import { NodeSorter } from './node-sorter.js';
import type { RankedColumns } from './ranked-columns.js';

/** What all trees of a forest grow from; plain data, so that a thread can be given it. */
export interface ForestTask {
  readonly columns: RankedColumns;
  readonly labels: Uint32Array;
  /** What a clip of each class counts. */
  readonly classWeights: Float64Array;
  readonly seed: string;
}

/** Nodes in one list; a leaf has feature -1. */
export interface Tree {
  readonly feature: Int32Array;
  readonly threshold: Float32Array;
  readonly left: Uint32Array;
  readonly right: Uint32Array;
  /** Share of each class in each node, [nodes, classes]; zeros but for leaves. */
  readonly distribution: Float64Array;
}

/** Adds each row's class distribution. Rows with a value at or under the threshold go left. */
export function addVotes(tree: Tree, { rows, columns, data }: Matrix, into: Matrix): void {
  const { feature, threshold, left, right, distribution } = tree;
  const classes = into.columns;
  for (let row = 0; row < rows; row++) {
    let node = 0;
    while (feature[node] >= 0)
      node = Math.fround(data[row * columns + feature[node]]) <= threshold[node] ? left[node] : right[node];
    for (let label = 0; label < classes; label++)
      into.data[row * classes + label] += distribution[node * classes + label];
  }
}

interface Split {
  readonly feature: number;
  /** The largest rank that goes left. */
  readonly rank: number;
  readonly threshold: number;
}

/** Grows trees over the same columns; its work arrays are allocated once. */
export class TreeGrower {
  readonly #task: ForestTask;
  readonly #classes: number;
  readonly #tried: number;
  /** Rows of the sample, node after node. */
  readonly #members: Uint32Array;
  readonly #features: Uint32Array;
  readonly #weights: Float64Array;
  readonly #sorter: NodeSorter;
  /** Labels and weights of the rows of the node at hand, and the weight of each class there. */
  readonly #nodeLabels: Uint32Array;
  readonly #nodeWeights: Float64Array;
  readonly #total: Float64Array;
  /** The weight of each class left of the cut. */
  readonly #left: Float64Array;
  /** Number of rows left of the cut that `#findCut` found last, and how good it is. */
  #cut = 0;
  #score = 0;
  #nodes = emptyNodes();

  constructor(task: ForestTask) {
    const { rows, columns } = task.columns;
    this.#task = task;
    this.#classes = task.classWeights.length;
    this.#tried = Math.max(1, Math.floor(Math.sqrt(columns)));
    this.#members = new Uint32Array(rows);
    this.#features = new Uint32Array(columns);
    this.#weights = new Float64Array(rows);
    this.#sorter = new NodeSorter(rows);
    this.#nodeLabels = new Uint32Array(rows);
    this.#nodeWeights = new Float64Array(rows);
    this.#total = new Float64Array(this.#classes);
    this.#left = new Float64Array(this.#classes);
  }

  /** The forest's tree of this number: the same whoever grows it, and after whatever others. */
  grow(index: number): Tree {
    const { columns, labels, classWeights, seed } = this.#task;
    const stream = random(`forest/${seed}/${index}`);
    const weights = this.#weights.fill(0);
    for (let i = 0; i < columns.rows; i++) weights[stream.integer(columns.rows)]++;
    let count = 0;
    for (let row = 0; row < columns.rows; row++) {
      if (weights[row] > 0) this.#members[count++] = row;
      weights[row] *= classWeights[labels[row]];
    }
    for (let feature = 0; feature < columns.columns; feature++) this.#features[feature] = feature;
    this.#nodes = emptyNodes();
    this.#growNode(0, count, stream);
    return {
      feature: Int32Array.from(this.#nodes.feature),
      threshold: Float32Array.from(this.#nodes.threshold),
      left: Uint32Array.from(this.#nodes.left),
      right: Uint32Array.from(this.#nodes.right),
      distribution: Float64Array.from(this.#nodes.distribution),
    };
  }

  #growNode(start: number, end: number, stream: Random): number {
    const nodes = this.#nodes;
    const node = nodes.feature.push(-1) - 1;
    nodes.threshold.push(0);
    nodes.left.push(0);
    nodes.right.push(0);
    const isPure = this.#enterNode(start, end);
    const split = isPure ? undefined : this.#bestSplit(start, end, stream);
    const sum = this.#total.reduce((a, b) => a + b, 0);
    for (const weight of this.#total) nodes.distribution.push(split === undefined ? weight / sum : 0);
    if (split === undefined) return node;
    const middle = this.#partition(start, end, split);
    nodes.feature[node] = split.feature;
    nodes.threshold[node] = split.threshold;
    nodes.left[node] = this.#growNode(start, middle, stream);
    nodes.right[node] = this.#growNode(middle, end, stream);
    return node;
  }

  /** Gathers what every feature's cut needs of the node's rows; returns whether they are of one class. */
  #enterNode(start: number, end: number): boolean {
    const { labels } = this.#task;
    const total = this.#total.fill(0);
    for (let i = start; i < end; i++) {
      const row = this.#members[i];
      this.#nodeLabels[i - start] = labels[row];
      this.#nodeWeights[i - start] = this.#weights[row];
      total[labels[row]] += this.#weights[row];
    }
    return total.reduce((present, weight) => present + (weight > 0 ? 1 : 0), 0) < 2;
  }

  /** The best split among random features, drawn until enough of them vary; undefined when none does. */
  #bestSplit(start: number, end: number, stream: Random): Split | undefined {
    const { rows, ranks } = this.#task.columns;
    const [features, sorter] = [this.#features, this.#sorter];
    const size = end - start;
    let best: Split | undefined;
    let bestScore = Number.NEGATIVE_INFINITY;
    let varying = 0;
    for (let drawn = 0; drawn < features.length && varying < this.#tried; drawn++) {
      const other = drawn + stream.integer(features.length - drawn);
      const feature = features[other];
      features[other] = features[drawn];
      features[drawn] = feature;
      sorter.sort(ranks, feature * rows, this.#members, start, size);
      if (sorter.ranks[0] === sorter.ranks[size - 1]) continue;
      varying++;
      this.#findCut(sorter.ranks, sorter.places, size);
      if (this.#score <= bestScore) continue;
      bestScore = this.#score;
      best = this.#splitAt(feature, sorter.ranks[this.#cut - 1], sorter.ranks[this.#cut]);
    }
    return best;
  }

  /** Between two neighbouring ranks, half-way between their values. */
  #splitAt(feature: number, rank: number, next: number): Split {
    const { rows, values } = this.#task.columns;
    const [below, above] = [values[feature * rows + rank], values[feature * rows + next]];
    const middle = Math.fround(below / 2 + above / 2);
    return { feature, rank, threshold: middle < above ? middle : below };
  }

  /** Where to cut the sorted rows for the least Gini impurity: the sum of squares over each side's weight is largest. */
  #findCut(ranks: Uint32Array, places: Uint32Array, size: number): void {
    const [labels, weights, total, left] = [this.#nodeLabels, this.#nodeWeights, this.#total, this.#left];
    left.fill(0);
    let leftWeight = 0;
    let leftSquares = 0;
    let rightWeight = 0;
    let rightSquares = 0;
    for (let label = 0; label < this.#classes; label++) {
      rightWeight += total[label];
      rightSquares += total[label] * total[label];
    }
    let cut = 0;
    let best = Number.NEGATIVE_INFINITY;
    for (let i = 1; i < size; i++) {
      const place = places[i - 1];
      const label = labels[place];
      const weight = weights[place];
      const before = left[label];
      leftSquares += weight * (2 * before + weight);
      rightSquares -= weight * (2 * (total[label] - before) - weight);
      left[label] = before + weight;
      leftWeight += weight;
      rightWeight -= weight;
      if (ranks[i - 1] === ranks[i]) continue;
      const score = leftSquares / leftWeight + rightSquares / rightWeight;
      if (score > best) {
        best = score;
        cut = i;
      }
    }
    this.#cut = cut;
    this.#score = best;
  }

  /** Moves the rows that go left to the front; returns where the others begin. */
  #partition(start: number, end: number, { feature, rank }: Split): number {
    const { rows, ranks } = this.#task.columns;
    const members = this.#members;
    let middle = start;
    for (let i = start; i < end; i++) {
      const row = members[i];
      if (ranks[feature * rows + row] > rank) continue;
      members[i] = members[middle];
      members[middle++] = row;
    }
    return middle;
  }
}

function emptyNodes() {
  const nodes: Record<'feature' | 'threshold' | 'left' | 'right' | 'distribution', number[]> = {
    feature: [],
    threshold: [],
    left: [],
    right: [],
    distribution: [],
  };
  return nodes;
}
