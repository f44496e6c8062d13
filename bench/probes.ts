/** How long probes take to fit, against scikit-learn on the same data in the same run (`bench/probes.py`). */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Matrix, matrix } from '../packages/frill-lab/src/linear-algebra/matrix-product.js';
import { accuracy } from '../packages/frill-lab/src/noss/metrics/accuracy.js';
import type { SearchResult } from '../packages/frill-lab/src/noss/probes/lbfgs.js';
import { fitLda } from '../packages/frill-lab/src/noss/probes/lda.js';
import { fitLogisticRegression } from '../packages/frill-lab/src/noss/probes/logistic-regression.js';
import {
  type Classifier,
  decisions,
  type LabelledRows,
} from '../packages/frill-lab/src/noss/probes/probe.js';
import { growForest } from '../packages/frill-lab/src/noss/probes/random-forest.js';
import { encodeNpy } from '../packages/frill-lab/src/tensor/npy.js';
import { random } from '../packages/frill-lab/src/tensor/random.js';
import type { Benchmark, BenchTable } from './table.js';

/** Threads run the build. */
const FOREST_WORKER = new URL('../packages/frill-lab/dist/noss/probes/forest-worker.js', import.meta.url);
const CLASSES = 8;
const DIMENSIONS = 2048;
const TRAIN = 8_000;
const TEST = 2_000;

export const probes: Benchmark = {
  name: 'probes',
  summary: `fitting probes on ${TRAIN} x ${DIMENSIONS} x ${CLASSES}, against scikit-learn`,
  run: probesBench,
};

/** Fits of each, ours and theirs by turns. */
const ROUNDS = 3;

interface Fit {
  readonly model: Classifier;
  readonly report?: SearchResult;
}

interface Pair {
  readonly title: string;
  ours(train: LabelledRows): Promise<Fit>;
  /** The peer's name in bench/probes.py, and whether it goes on until its gradient is as small as ours. */
  readonly peer: string;
  readonly until?: 'our norm';
}

const regression = (c: number, solver: 'converged' | 'published') => async (train: LabelledRows) => {
  const model = await fitLogisticRegression(train, { c, solver });
  return { model, report: model.report };
};

const PAIRS: readonly Pair[] = [
  {
    title: 'logistic C=1e5, 100 iterations',
    ours: regression(1e5, 'published'),
    peer: 'logistic C=1e5, 100 iterations',
  },
  {
    title: 'logistic C=1, converged; lbfgs by its own stop',
    ours: regression(1, 'converged'),
    peer: 'logistic C=1, lbfgs',
  },
  {
    title: 'logistic C=1, converged; newton-cg to our norm',
    ours: regression(1, 'converged'),
    peer: 'logistic C=1, newton-cg',
    until: 'our norm',
  },
  {
    title: 'LDA, Ledoit-Wolf',
    ours: async (train) => ({ model: await fitLda(train) }),
    peer: 'LDA, Ledoit-Wolf',
  },
  {
    title: 'random forest, 100 trees',
    ours: async (train) => ({ model: await growForest(train, { worker: FOREST_WORKER }) }),
    peer: 'random forest, 100 trees',
  },
];

export async function probesBench(): Promise<BenchTable> {
  const { features, labels } = makeData();
  const side = (from: number, to: number) => ({
    features: matrix(to - from, DIMENSIONS, features.data.slice(from * DIMENSIONS, to * DIMENSIONS)),
    labels: labels.slice(from, to),
    classes: CLASSES,
  });
  const [train, test] = [side(0, TRAIN), side(TRAIN, TRAIN + TEST)];
  const peer = await openPeer(features, labels);
  try {
    const rows: (string | number)[][] = [];
    for (const { title, ours: fitOurs, peer: peerName, until } of PAIRS) {
      const rounds: { ours: number; theirs: number | undefined }[] = [];
      let fitted: Fit | undefined;
      let theirs: PeerFit | undefined;
      for (let round = 0; round < ROUNDS; round++) {
        const started = performance.now();
        fitted = await fitOurs(train);
        const ours = (performance.now() - started) / 1000;
        theirs = peer.fit(peerName, until === undefined ? 0 : (fitted.report?.gradientNorm ?? 0));
        rounds.push({ ours, theirs: theirs?.seconds });
      }
      if (fitted === undefined) continue;
      const found = accuracy(test.labels, decisions(await fitted.model.probabilities(test.features)));
      const { report } = fitted;
      const both = rounds.flatMap(({ ours, theirs }) => (theirs === undefined ? [] : [{ ours, theirs }]));
      const ofPeer = (cell: number | undefined) => (theirs === undefined ? 'peer absent' : (cell ?? ''));
      rows.push([
        title,
        median(rounds.map(({ ours }) => ours)),
        ofPeer(both.length > 0 ? median(both.map((pair) => pair.theirs)) : undefined),
        ofPeer(both.length > 0 ? median(both.map((pair) => pair.ours / pair.theirs)) : undefined),
        report?.iterations ?? '',
        ofPeer(theirs?.iterations),
        report?.gradientNorm ?? '',
        ofPeer(theirs?.gradientNorm),
        ofPeer(report && theirs?.objective && report.value / theirs.objective),
        100 * found,
        ofPeer(theirs && 100 * theirs.accuracy),
      ]);
    }
    return {
      title: `Fitting probes: ${TRAIN} clips, ${DIMENSIONS} dimensions, ${CLASSES} classes`,
      columns: [
        'probe',
        's',
        'scikit-learn s',
        'ratio',
        'iterations',
        'scikit-learn iterations',
        'gradient norm',
        'scikit-learn norm',
        'objective ratio',
        'test %',
        'scikit-learn test %',
      ],
      rows,
      notes: [
        `Medians of ${ROUNDS} fits by turns; the ratio is that of times, lower is better. Peer: scikit-learn ${peer.version ?? 'absent (Debian: python3-sklearn)'}.`,
        `Features are synthetic: class means in a noise whose variance falls by dimension, float32 values in float64; ${100 * WRONG_LABELS} % of the labels are drawn at random.`,
        'The gradient norm is the largest component of the float64 gradient of 0.5 |W|^2 + C * cross-entropy where the fit ended. lbfgs may end by its relative decrease before its tolerance of 1e-4; newton-cg is asked for the norm that ours has reached.',
      ],
    };
  } finally {
    await peer.close();
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

/** Labels that say nothing: without some, so many dimensions tell all clips apart, and scikit-learn's lbfgs gives up early. */
const WRONG_LABELS = 0.2;

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
  const given = labels.map((label) => (stream.uniform() < WRONG_LABELS ? stream.integer(CLASSES) : label));
  return { features, labels: given };
}

interface PeerFit {
  readonly seconds: number;
  readonly accuracy: number;
  readonly objective?: number;
  readonly gradientNorm?: number;
  readonly iterations?: number;
  readonly version: string;
}

/** scikit-learn on the same data; `fit` gives undefined where Python or the package is absent. */
async function openPeer(features: Matrix, labels: Int32Array) {
  const folder = await mkdtemp(join(tmpdir(), 'frill-bench-'));
  const shape = [features.rows, features.columns];
  await writeFile(join(folder, 'features.npy'), encodeNpy({ shape, data: Float32Array.from(features.data) }));
  const labelFile = encodeNpy({ shape: [labels.length], data: Float32Array.from(labels) });
  await writeFile(join(folder, 'labels.npy'), labelFile);
  const script = fileURLToPath(new URL('probes.py', import.meta.url));
  let version: string | undefined;
  return {
    fit(name: string, norm: number): PeerFit | undefined {
      const words = [script, folder, String(TRAIN), name, String(norm)];
      const { status, stdout } = spawnSync('/usr/bin/python3', words, { encoding: 'utf8' });
      if (status !== 0) return undefined;
      const fit: PeerFit = JSON.parse(stdout);
      version = fit.version;
      return fit;
    },
    get version() {
      return version;
    },
    close: () => rm(folder, { recursive: true }),
  };
}
