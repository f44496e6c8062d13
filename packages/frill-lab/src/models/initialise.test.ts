import { expect, test } from 'vitest';
import { Graph } from '../graph/graph.js';
import { initialise } from './initialise.js';

function graphOf(...names: string[]): Graph {
  const graph = new Graph();
  for (const name of names) graph.weight(name, [100, 50], { kind: 'glorot-uniform', fanIn: 100, fanOut: 50 });
  return graph;
}

test('a parameter starts the same whatever else the graph holds', () => {
  const alone = initialise(graphOf('b'), 7).get('b');
  expect(initialise(graphOf('a', 'b'), 7).get('b')).toEqual(alone);
  expect(initialise(graphOf('b'), 8).get('b')).not.toEqual(alone);
  expect(initialise(graphOf('a', 'b'), 7).get('a')?.data).not.toEqual(alone?.data);
});

test('zeros, ones, and the variances of Glorot and He', () => {
  const graph = graphOf('glorot');
  graph.weight('zeros', [3], { kind: 'zeros' });
  graph.statistic('ones', [3], { kind: 'ones' });
  graph.weight('he', [100, 100], { kind: 'he-normal', fanIn: 100, fanOut: 100 });
  const weights = initialise(graph, 'seed');
  expect(weights.get('zeros')?.data).toEqual(Float32Array.of(0, 0, 0));
  expect(weights.get('ones')?.data).toEqual(Float32Array.of(1, 1, 1));
  const variance = (name: string) => {
    const data = weights.get(name)?.data ?? new Float32Array();
    return data.reduce((sum, value) => sum + value * value, 0) / data.length;
  };
  expect(variance('glorot') / (2 / 150)).toBeCloseTo(1, 1);
  expect(variance('he') / (2 / 100)).toBeCloseTo(1, 1);
});
