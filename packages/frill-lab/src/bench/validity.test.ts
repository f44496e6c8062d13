import { expect, test } from 'vitest';
import { DEFAULT_PROTOCOL } from './latency-protocol.js';
import type { LatencyReport, ModelLatency } from './latency-report.js';
import { invalidity } from './validity.js';

const latency = (name: string, path: ModelLatency['path'], intervalMs: [number, number]) =>
  ({ name, path, intervalMs }) as unknown as ModelLatency;

function report(models: ModelLatency[], disturbed: number): LatencyReport {
  const spread = { median: 1.3, worst: 2 };
  return {
    device: { processor: 'a processor', cores: 2, node: '20.20.0' },
    protocol: DEFAULT_PROTOCOL,
    models,
    disturbance: {
      measurements: 110,
      repeated: 10,
      disturbed,
      waitedSeconds: 3,
      fastestReferenceMs: 1,
      slowdown: spread,
      othersCores: { median: 0.4, worst: 1 },
      stolen: { median: 0.07, worst: 0.3 },
    },
  } as unknown as LatencyReport;
}

test('a model that is slower with the front end, or level within its interval, is believed', () => {
  const models = [
    latency('a', 'model', [1, 1.1]),
    latency('a', 'audio-to-embedding', [1.2, 1.3]),
    latency('b', 'model', [2, 2.2]),
    latency('b', 'audio-to-embedding', [1.9, 2.1]),
    latency('c', 'audio-to-embedding', [0.1, 0.2]),
  ];
  expect(invalidity(report(models, 20))).toEqual([]);
});

test('a model that is faster with the front end makes the measurement invalid', () => {
  const models = [latency('a', 'model', [1, 1.1]), latency('a', 'audio-to-embedding', [0.8, 0.9])];
  expect(invalidity(report(models, 0))).toEqual([
    'a was measured as faster with the front end than without it, which cannot be.',
  ]);
});

test('so does a machine that was busy most of the time', () => {
  const [sentence] = invalidity(report([], 21));
  expect(sentence).toMatch(/21 of 100 measurements were disturbed/);
  expect(sentence).toMatch(/1\.30 times as slow.*0\.40 cores.*7 %/);
});
