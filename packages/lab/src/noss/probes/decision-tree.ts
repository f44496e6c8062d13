/**
 * One tree of a random forest (Breiman, 2001) as scikit-learn grows it: a bootstrap sample, grown until its leaves are pure,
 * each node cut by the best Gini split among sqrt(dimensions) random features that vary in it.
 */
import { type Random, random } from '../../tensor/random.js';
import type { Matrix } from '../linear-algebra/matrix-product.js';
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
  /** Of the classes in each node, [nodes, classes]; zeros but for leaves. */
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
  feature: number;
  /** The largest rank that goes left. */
  rank: number;
  threshold: number;
}

/** Up to here insertion sort beats the radix sort. */
const SMALL_NODE = 48;

/** Grows trees over the same columns; its work arrays are allocated once. */
export class TreeGrower {
  readonly #task: ForestTask;
  readonly #classes: number;
  readonly #tried: number;
  readonly #members: Uint32Array;
  readonly #order: Uint32Array;
  readonly #spare: Uint32Array;
  readonly #features: Uint32Array;
  readonly #weights: Float64Array;
  readonly #total: Float64Array;
  readonly #left: Float64Array;
  readonly #counts = new Uint32Array(257);
  /** Ranks of the feature at hand. */
  #ranks: Uint16Array | Uint32Array;
  /** Of the last `#findCut`: how many rows lie left of it, and how good it is. */
  #cut = 0;
  #score = 0;
  #nodes: { feature: number[]; threshold: number[]; left: number[]; right: number[]; distribution: number[] };

  constructor(task: ForestTask) {
    const { rows, columns, ranks } = task.columns;
    this.#task = task;
    this.#classes = task.classWeights.length;
    this.#tried = Math.max(1, Math.floor(Math.sqrt(columns)));
    this.#members = new Uint32Array(rows);
    this.#order = new Uint32Array(rows);
    this.#spare = new Uint32Array(rows);
    this.#features = new Uint32Array(columns);
    this.#weights = new Float64Array(rows);
    this.#total = new Float64Array(this.#classes);
    this.#left = new Float64Array(this.#classes);
    this.#ranks = ranks;
    this.#nodes = { feature: [], threshold: [], left: [], right: [], distribution: [] };
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
    this.#nodes = { feature: [], threshold: [], left: [], right: [], distribution: [] };
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
    const { labels } = this.#task;
    const nodes = this.#nodes;
    const node = nodes.feature.push(-1) - 1;
    nodes.threshold.push(0);
    nodes.left.push(0);
    nodes.right.push(0);
    const total = this.#total.fill(0);
    for (let i = start; i < end; i++) total[labels[this.#members[i]]] += this.#weights[this.#members[i]];
    let present = 0;
    let sum = 0;
    for (const weight of total) {
      if (weight > 0) present++;
      sum += weight;
    }
    const split = present < 2 ? undefined : this.#bestSplit(start, end, stream);
    for (const weight of total) nodes.distribution.push(split === undefined ? weight / sum : 0);
    if (split === undefined) return node;
    const middle = this.#partition(start, end, split);
    nodes.feature[node] = split.feature;
    nodes.threshold[node] = split.threshold;
    nodes.left[node] = this.#growNode(start, middle, stream);
    nodes.right[node] = this.#growNode(middle, end, stream);
    return node;
  }

  /** The best split among random features, drawn until enough of them vary; undefined when none does. */
  #bestSplit(start: number, end: number, stream: Random): Split | undefined {
    const features = this.#features;
    const size = end - start;
    let best: Split | undefined;
    let bestScore = Number.NEGATIVE_INFINITY;
    let varying = 0;
    for (let drawn = 0; drawn < features.length && varying < this.#tried; drawn++) {
      const other = drawn + stream.integer(features.length - drawn);
      const feature = features[other];
      features[other] = features[drawn];
      features[drawn] = feature;
      this.#useFeature(feature);
      const order = this.#sorted(start, size);
      if (this.#ranks[order[0]] === this.#ranks[order[size - 1]]) continue;
      varying++;
      this.#findCut(order, size);
      if (this.#score <= bestScore) continue;
      bestScore = this.#score;
      best = this.#splitAt(feature, order);
    }
    return best;
  }

  #useFeature(feature: number): void {
    const { rows, ranks } = this.#task.columns;
    this.#ranks = ranks.subarray(feature * rows, (feature + 1) * rows);
  }

  /** The last cut, half-way between the values beside it. */
  #splitAt(feature: number, order: Uint32Array): Split {
    const { rows, values } = this.#task.columns;
    const rank = this.#ranks[order[this.#cut - 1]];
    const below = values[feature * rows + rank];
    const above = values[feature * rows + this.#ranks[order[this.#cut]]];
    const middle = Math.fround(below / 2 + above / 2);
    return { feature, rank, threshold: middle < above ? middle : below };
  }

  /** Where to cut the sorted rows for the least Gini impurity: the sum of squares over each side's weight is largest. */
  #findCut(order: Uint32Array, size: number): void {
    const { labels } = this.#task;
    const [ranks, weights, total, left] = [this.#ranks, this.#weights, this.#total, this.#left];
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
    let row = order[0];
    for (let i = 1; i < size; i++) {
      const next = order[i];
      const label = labels[row];
      const weight = weights[row];
      leftSquares += weight * (2 * left[label] + weight);
      rightSquares -= weight * (2 * (total[label] - left[label]) - weight);
      left[label] += weight;
      leftWeight += weight;
      rightWeight -= weight;
      if (ranks[row] !== ranks[next]) {
        const score = leftSquares / leftWeight + rightSquares / rightWeight;
        if (score > best) {
          best = score;
          cut = i;
        }
      }
      row = next;
    }
    this.#cut = cut;
    this.#score = best;
  }

  /** The node's rows by increasing rank. */
  #sorted(start: number, size: number): Uint32Array {
    const [ranks, members, order, counts] = [this.#ranks, this.#members, this.#order, this.#counts];
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
    let [from, to] = [order, this.#spare];
    for (let shift = 0; 2 ** shift < ranks.length; shift += 8) {
      counts.fill(0);
      for (let i = 0; i < size; i++) counts[((ranks[from[i]] >>> shift) & 255) + 1]++;
      for (let digit = 0; digit < 256; digit++) counts[digit + 1] += counts[digit];
      for (let i = 0; i < size; i++) to[counts[(ranks[from[i]] >>> shift) & 255]++] = from[i];
      [from, to] = [to, from];
    }
    return from;
  }

  /** Moves the rows that go left to the front; returns where the others begin. */
  #partition(start: number, end: number, { feature, rank }: Split): number {
    this.#useFeature(feature);
    const [ranks, members] = [this.#ranks, this.#members];
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
