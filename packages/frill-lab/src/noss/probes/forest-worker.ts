/** A thread that grows some trees of a forest; started by `growForest`. */
import { parentPort, workerData } from 'node:worker_threads';
import { TreeGrower } from './decision-tree.js';
import type { TreesOfThread } from './random-forest.js';

const { task, trees }: TreesOfThread = workerData;
const grower = new TreeGrower(task);
parentPort?.postMessage(trees.map((index) => grower.grow(index)));
