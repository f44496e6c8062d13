/** How long probes take to fit, against scikit-learn on the same data in the same run (`bench/probes.py`). */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Matrix, matrix } from '../packages/lab/src/noss/linear-algebra/matrix-product.js';
import { accuracy } from '../packages/lab/src/noss/metrics/accuracy.js';
import { fitLda } from '../packages/lab/src/noss/probes/lda.js';
import { fitLogisticRegression } from '../packages/lab/src/noss/probes/logistic-regression.js';
import { type Classifier, decisions, type LabelledRows } from '../packages/lab/src/noss/probes/probe.js';
import { growForest } from '../packages/lab/src/noss/probes/random-forest.js';
import { encodeNpy } from '../packages/lab/src/tensor/npy.js';
import { random } from '../packages/lab/src/tensor/random.js';
import type { Benchmark, BenchTable } from './table.js';

/** Threads run the build. */
const FOREST_WORKER = new URL('../packages/lab/dist/noss/probes/forest-worker.js', import.meta.url);
const CLASSES = 8;
const DIMENSIONS = 2048;
const TRAIN = 8_000;
const TEST = 2_000;

export const probes: Benchmark = {
  name: 'probes',
  summary: `fitting probes on ${TRAIN} x ${DIMENSIONS} x ${CLASSES}, against scikit-learn`,
  run: probesBench,
};

/** The probes by the names that the peer prints. */
const FITS: Readonly<Record<string, (train: LabelledRows) => Promise<Fit>>> = {
  'logistic C=1e5, 100 iterations': (train) => regression(train, 1e5, 'published'),
  'logistic C=1, converged': (train) => regression(train, 1, 'converged'),
  'LDA, Ledoit-Wolf': async (train) => ({ model: await fitLda(train) }),
  'random forest, 100 trees': async (train) => ({
    model: await growForest(train, { worker: FOREST_WORKER }),
  }),
};

interface Fit {
  readonly model: Classifier;
  readonly objective?: number;
}

async function regression(train: LabelledRows, c: number, solver: 'converged' | 'published'): Promise<Fit> {
  const model = await fitLogisticRegression(train, { c, solver });
  return { model, objective: model.report.objective };
}

export async function probesBench(): Promise<BenchTable> {
  const { features, labels } = makeData();
  const side = (from: number, to: number) => ({
    features: matrix(to - from, DIMENSIONS, features.data.slice(from * DIMENSIONS, to * DIMENSIONS)),
    labels: labels.slice(from, to),
    classes: CLASSES,
  });
  const [train, test] = [side(0, TRAIN), side(TRAIN, TRAIN + TEST)];
  const peer = await runPeer(features, labels);
  const rows: (string | number)[][] = [];
  for (const [name, fitProbe] of Object.entries(FITS)) {
    const started = performance.now();
    const { model, objective } = await fitProbe(train);
    const seconds = (performance.now() - started) / 1000;
    const found = accuracy(test.labels, decisions(await model.probabilities(test.features)));
    const theirs = peer.find(({ probe }) => probe === name);
    rows.push([
      name,
      seconds,
      theirs ? theirs.seconds : 'peer absent',
      theirs ? seconds / theirs.seconds : 'peer absent',
      100 * found,
      theirs ? 100 * theirs.accuracy : 'peer absent',
      objective !== undefined && theirs?.objective !== undefined ? objective / theirs.objective : '',
    ]);
  }
  return {
    title: `Fitting probes: ${TRAIN} clips, ${DIMENSIONS} dimensions, ${CLASSES} classes`,
    columns: ['probe', 's', 'scikit-learn s', 'ratio', 'test %', 'scikit-learn test %', 'objective ratio'],
    rows,
    notes: [
      `Ratio of times, lower is better. Peer: scikit-learn ${peer[0]?.version ?? 'absent (Debian: python3-sklearn)'}.`,
      'Features are synthetic: class means in a noise whose variance falls by dimension, float64. One fit each.',
      'Converged means for us a Newton decrement under 1e-9 of the objective, for scikit-learn its own stop (tol=1e-4) or 1,000 iterations; the objective ratio compares what was reached.',
    ],
  };
}

/** Overlapping classes in correlated noise, as embeddings are. */
function makeData(): { features: Matrix; labels: Int32Array } {
  const stream = random('bench/probes');
  const count = TRAIN + TEST;
  const means = Float64Array.from({ length: CLASSES * DIMENSIONS }, () => stream.normal(0, 0.12));
  const scales = Float64Array.from({ length: DIMENSIONS }, (_, i) => 3 / Math.sqrt(1 + i / 20));
  const labels = Int32Array.from({ length: count }, () => stream.integer(CLASSES));
  const features = matrix(count, DIMENSIONS);
  for (let row = 0; row < count; row++) {
    const shared = stream.normal();
    for (let i = 0; i < DIMENSIONS; i++) {
      const noise = scales[i] * (stream.normal() + 0.5 * shared);
      // Float32, as embeddings are stored.
      features.data[row * DIMENSIONS + i] = Math.fround(means[labels[row] * DIMENSIONS + i] + noise);
    }
  }
  return { features, labels };
}

interface PeerRow {
  readonly probe: string;
  readonly seconds: number;
  readonly accuracy: number;
  readonly objective?: number;
  readonly version: string;
}

/** scikit-learn's rows; none where Python or the package is absent. */
async function runPeer(features: Matrix, labels: Int32Array): Promise<PeerRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'frill-bench-'));
  try {
    const shape = [features.rows, features.columns];
    await writeFile(
      join(folder, 'features.npy'),
      encodeNpy({ shape, data: Float32Array.from(features.data) }),
    );
    const labelFile = encodeNpy({ shape: [labels.length], data: Float32Array.from(labels) });
    await writeFile(join(folder, 'labels.npy'), labelFile);
    const script = fileURLToPath(new URL('probes.py', import.meta.url));
    const { status, stdout } = spawnSync('/usr/bin/python3', [script, folder, String(TRAIN)], {
      encoding: 'utf8',
    });
    if (status !== 0) return [];
    return stdout
      .trim()
      .split('\n')
      .map((line): PeerRow => JSON.parse(line));
  } finally {
    await rm(folder, { recursive: true });
  }
}
