/**
 * `npm run bench -- training`: a training step (forward, backward, Adam) of ours against Debian's PyTorch (package
 * python3-torch), in turns within one run, so that whatever else the machine does hits both. PyTorch gets the better of its two
 * memory formats and a malloc that keeps memory; where it is not installed, its cells say so.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { compileTraining } from '../packages/lab/src/engine/ort/training.js';
import { initialise } from '../packages/lab/src/models/initialise.js';
import { buildStudent } from '../packages/lab/src/models/student.js';
import type { StudentConfig } from '../packages/lab/src/models/student-config.js';
import { random } from '../packages/lab/src/tensor/random.js';
import { sizeOf } from '../packages/lab/src/tensor/tensor.js';
import type { Benchmark, BenchTable } from './table.js';

interface Case {
  readonly size: StudentConfig['size'];
  readonly width: number;
  readonly pooling: StudentConfig['pooling'];
  readonly batch: number;
  /** Width of the teacher's values. */
  readonly target: number;
}

/** One row of the table: a network, or several of which each makes a step. */
interface Row {
  readonly name: string;
  readonly cases: readonly Case[];
}

const one = (size: Case['size'], batch: number, target: number): Row => ({
  name: `${size} b${batch}, target ${target.toLocaleString('en')}`,
  cases: [{ size, width: 1, pooling: 'gap', batch, target }],
});

/** The grid in small: each size narrow and wide, pooled and flattened. */
const GRID_MIX: Row = {
  name: 'six of the grid b32, target 1,024',
  cases: (
    [
      ['tiny', 0.5, 'flatten'],
      ['tiny', 2, 'gap'],
      ['small', 0.5, 'gap'],
      ['small', 2, 'flatten'],
      ['large', 0.5, 'flatten'],
      ['large', 1.5, 'gap'],
    ] as const
  ).map(([size, width, pooling]) => ({ size, width, pooling, batch: 32, target: 1024 })),
};

const ROWS = [
  one('small', 32, 1024),
  one('small', 128, 1024),
  one('large', 32, 1024),
  one('small', 32, 12288),
  GRID_MIX,
];
/** Benchmarks run from sources; the second thread is the build's. */
const ADAM_WORKER = new URL('../packages/lab/dist/engine/ort/adam-worker.js', import.meta.url);
const THREADS = 2;
const PYTHON = '/usr/bin/python3';
const PEER = fileURLToPath(new URL('training_peer.py', import.meta.url));

/** Something that trains for some seconds and tells how long each step took, in milliseconds. */
interface Runner {
  readonly parameters: number;
  run(seconds: number): Promise<readonly number[]>;
  close(): Promise<void>;
}

export interface TrainingBenchOptions {
  /** For each runner in each round; a row's networks share it. */
  readonly seconds?: number;
  readonly rounds?: number;
}

export const training: Benchmark = {
  name: 'training',
  summary: 'a training step against PyTorch',
  run: () => trainingBench(),
};

export async function trainingBench({
  seconds = 2,
  rounds = 3,
}: TrainingBenchOptions = {}): Promise<BenchTable> {
  const hasPeer = spawnSync(PYTHON, ['-c', 'import torch']).status === 0;
  const rows: (string | number)[][] = [];
  for (const { name, cases } of ROWS) {
    let [parameters, windows, own, best] = [0, 0, 0, 0];
    for (const item of cases) {
      const measured = await measure(item, hasPeer, Math.max(1, seconds / cases.length), rounds);
      parameters += measured.parameters;
      windows += item.batch;
      own += measured.own;
      best += measured.best;
    }
    const rate = (milliseconds: number) => (windows / milliseconds) * 1000;
    rows.push([
      name,
      parameters / 1e6,
      own,
      rate(own),
      ...(hasPeer ? [best, rate(best), best / own] : ['peer absent', 'peer absent', 'peer absent']),
    ]);
  }
  return {
    title: 'Training step: forward, backward, Adam',
    columns: [
      'student',
      'M parameters',
      'ms a step',
      'windows/s',
      'PyTorch ms',
      'PyTorch windows/s',
      'times as fast',
    ],
    rows,
    notes: [
      `${THREADS} threads each; medians over ${rounds} rounds of ${seconds} s, in turns`,
      'PyTorch is the better of NCHW and channels_last, with malloc told to keep memory',
      'Both may use huge pages (`npm run bench` asks glibc for them, as studies do for their workers)',
      'Six of the grid: the sum over six networks of one step each, 1 s a round',
    ],
  };
}

/** Median milliseconds of a step: our own, and the better of PyTorch's. */
async function measure(
  item: Case,
  hasPeer: boolean,
  seconds: number,
  rounds: number,
): Promise<{ readonly parameters: number; readonly own: number; readonly best: number }> {
  const runners: Runner[] = [];
  const times: number[][] = [];
  try {
    runners.push(await ours(item));
    if (hasPeer) runners.push(await peer(item, 'nchw'), await peer(item, 'channels_last'));
    const [{ parameters }, ...peers] = runners;
    for (const its of peers)
      if (its.parameters !== parameters)
        throw new Error(
          `${JSON.stringify(item)}: the peer has ${its.parameters} parameters, ours ${parameters}`,
        );
    // One round to warm up; then round after round, each runner in turn.
    for (let round = 0; round <= rounds; round++)
      for (const [i, runner] of runners.entries()) {
        const measured = await runner.run(round === 0 ? Math.min(1, seconds / 2) : seconds);
        if (round > 0) times[i] = [...(times[i] ?? []), ...measured];
      }
  } finally {
    for (const runner of runners) await runner.close();
  }
  const [own, ...others] = times.map(median);
  return { parameters: runners[0].parameters, own, best: Math.min(...others) };
}

async function ours({ size, width, pooling, batch, target }: Case): Promise<Runner> {
  const student = buildStudent(
    {
      size,
      width,
      pooling,
      compression: { kind: 'none' },
      quantization: 'none',
      bottleneck: 2048,
      input: 'standardise',
    },
    { batch, mode: 'training', targetWidth: target },
  );
  const weights = initialise(student.graph, 0);
  const program = await compileTraining(student.graph, student.loss, {
    threads: THREADS,
    weights,
    worker: ADAM_WORKER,
  });
  const numbers = random('bench/training');
  const feeds = new Map(
    [student.input, student.target].map((value) => [
      value,
      Float32Array.from({ length: sizeOf(value.shape) }, () => numbers.normal()),
    ]),
  );
  return {
    parameters: [...program.gradients().values()].reduce((sum, { data }) => sum + data.length, 0),
    async run(seconds) {
      const times: number[] = [];
      const end = performance.now() + seconds * 1000;
      while (performance.now() < end || times.length < 3) {
        const start = performance.now();
        await program.step(feeds, 1e-3);
        times.push(performance.now() - start);
      }
      return times;
    },
    close: () => program.close(),
  };
}

async function peer(item: Case, format: 'nchw' | 'channels_last'): Promise<Runner> {
  const child: ChildProcess = spawn(PYTHON, [PEER, JSON.stringify({ ...item, format, threads: THREADS })], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...process.env,
      MALLOC_MMAP_THRESHOLD_: '4294967296',
      MALLOC_TRIM_THRESHOLD_: '17179869184',
    },
  });
  const { stdin, stdout } = child;
  if (!stdin || !stdout) throw new Error('the peer has no pipes');
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the PyTorch peer stopped; its message is above');
    return value;
  };
  return {
    parameters: Number(await answer()),
    async run(seconds) {
      stdin.write(`${seconds}\n`);
      return JSON.parse(await answer()) as number[];
    },
    async close() {
      const closed = new Promise((resolve) => child.once('close', resolve));
      stdin.end();
      await closed;
    },
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
