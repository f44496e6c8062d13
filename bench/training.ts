/**
 * `npm run bench -- training`: training steps (forward, backward, Adam) of ours against PyTorch on two cores, in two
 * arrangements: one student on two threads, as `frill distill` trains, and two students at once on one thread each, as a
 * study trains. PyTorch is Debian's (package python3-torch) and that of the interpreter that PYTORCH_PYTHON names, such as a
 * virtual environment with a current one. Each runs as it is installed, and again with what a patient user would find out: a
 * malloc that keeps memory, and huge pages; either time the better of its two memory formats counts. All take turns within
 * one run, so that whatever else the machine does hits all. Where there is no PyTorch, ours stands alone.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { HUGE_PAGES } from '../packages/frill-lab/src/engine/ort/huge-pages.js';
import type { StudentConfig } from '../packages/frill-lab/src/models/student-config.js';
import type { Benchmark, BenchTable } from './table.js';

export interface TrainingCase {
  readonly size: StudentConfig['size'];
  readonly width: number;
  readonly pooling: StudentConfig['pooling'];
  readonly batch: number;
  /** Width of the teacher's values. */
  readonly target: number;
}

/** What of ours is measured: a step, or `distil` on data of this kind; see training-data.ts. */
type Ours = 'step' | 'cached' | 'random';

/** One row of the table: a network, or several of which each makes a step. */
interface Row {
  readonly name: string;
  readonly cases: readonly TrainingCase[];
  /** Bare steps on one batch in memory unless told; or `distil`, from data on disk of a kind. */
  readonly ours?: Ours;
}

const one = (size: TrainingCase['size'], batch: number, target: number): Row => ({
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

const ROWS: readonly Row[] = [
  one('small', 32, 1024),
  { ...one('small', 32, 1024), name: 'the same, `distil` from cached features', ours: 'cached' },
  { ...one('small', 32, 1024), name: 'the same, `distil` from audio, cut and changed', ours: 'random' },
  one('small', 128, 1024),
  one('large', 32, 1024),
  one('small', 32, 12288),
  GRID_MIX,
];

/** How two cores are used: by so many students at once, of so many threads each. */
const ARRANGEMENTS = [
  { name: 'one student, two threads', students: 1, threads: 2 },
  { name: 'two students, one thread each', students: 2, threads: 1 },
] as const;
type Arrangement = (typeof ARRANGEMENTS)[number];

const OWN = fileURLToPath(new URL('training-own.ts', import.meta.url));
const DISTIL = fileURLToPath(new URL('training-distil.ts', import.meta.url));
const { PYTORCH_PYTHON } = process.env;
const INTERPRETERS = ['/usr/bin/python3', ...(PYTORCH_PYTHON ? [PYTORCH_PYTHON] : [])];
const PEER = fileURLToPath(new URL('training_peer.py', import.meta.url));
const FORMATS = ['nchw', 'channels_last'];
const INSTALLED = { GLIBC_TUNABLES: '' };
/** glibc's malloc gives large blocks back at once, and PyTorch asks for them again in every step. */
const TUNED = { ...HUGE_PAGES, MALLOC_MMAP_THRESHOLD_: '4294967296', MALLOC_TRIM_THRESHOLD_: '17179869184' };

export interface TrainingBenchOptions {
  /** For each contender in each round; a row's networks share it. */
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
  const peers = pyTorches();
  const rows: (string | number)[][] = [];
  for (const { name, cases, ours = 'step' } of ROWS)
    for (const arrangement of ARRANGEMENTS) {
      let [parameters, windows, own] = [0, 0, 0];
      const theirs = peers.map(() => 0);
      for (const item of cases) {
        const share = Math.max(1, seconds / cases.length);
        const measured = await measure(item, arrangement, { ours, peers, seconds: share, rounds });
        windows += item.batch;
        parameters += measured.parameters;
        own += measured.own;
        for (const [peer, milliseconds] of measured.peers.entries()) theirs[peer] += milliseconds;
      }
      rows.push([
        name,
        parameters / 1e6,
        arrangement.name,
        rate(windows, own),
        ...theirs.flatMap((milliseconds) => [rate(windows, milliseconds), milliseconds / own]),
      ]);
    }
  return {
    title: 'Training: forward, backward, Adam',
    columns: [
      'student',
      'M parameters',
      'on two cores',
      'windows/s',
      ...peers.flatMap(({ name }) => [name, 'times as fast']),
    ],
    rows,
    notes: [
      `Medians over ${rounds} rounds of ${seconds} s, in turns`,
      'PyTorch is the better of NCHW and channels_last; tuned, its malloc keeps memory and may use huge pages',
      'Ours may use huge pages too (`npm run bench` asks glibc for them, as studies do for their workers)',
      'Six of the grid: windows of six networks in the time of one step each, 1 s a round',
    ],
  };
}

/** A PyTorch in an environment. */
interface Peer {
  readonly name: string;
  readonly python: string;
  readonly environment: object;
}

/** Every PyTorch that is installed, as it is and tuned. */
function pyTorches(): Peer[] {
  return INTERPRETERS.flatMap((python) => {
    const { status, stdout } = spawnSync(python, ['-c', 'import torch; print(torch.__version__)'], {
      encoding: 'utf8',
    });
    if (status !== 0) return [];
    const name = `PyTorch ${stdout.trim()}`;
    return [
      { name, python, environment: INSTALLED },
      { name: `${name}, tuned`, python, environment: TUNED },
    ];
  });
}

function rate(windows: number, milliseconds: number): number {
  return (windows / milliseconds) * 1000;
}

interface Measurement {
  readonly ours: Ours;
  readonly peers: readonly Peer[];
  readonly seconds: number;
  readonly rounds: number;
}

/** Median milliseconds a step, divided by the students that make one at the same time; the better of PyTorch's formats. */
async function measure(
  item: TrainingCase,
  { students, threads }: Arrangement,
  { ours, peers, seconds, rounds }: Measurement,
): Promise<{ parameters: number; own: number; peers: readonly number[] }> {
  const contenders: Trainer[][] = [];
  const times: number[][] = [];
  const start = (open: () => Trainer) => contenders.push(Array.from({ length: students }, open));
  try {
    const script = ours === 'step' ? OWN : DISTIL;
    const options = { ...item, threads, data: ours };
    start(() => trainer(process.execPath, ['--import', 'tsx', script], options, HUGE_PAGES));
    for (const { python, environment } of peers)
      for (const format of FORMATS)
        start(() => trainer(python, [PEER], { ...item, threads, format }, environment));
    const counts = await Promise.all(contenders.flat().map((each) => each.parameters));
    if (new Set(counts).size !== 1)
      throw new Error(`${JSON.stringify(item)}: contenders of ${counts.join(', ')} parameters`);
    // One round to warm up; then round after round, each contender in turn.
    for (let round = 0; round <= rounds; round++)
      for (const [i, group] of contenders.entries()) {
        const measured = await Promise.all(
          group.map((each) => each.run(round === 0 ? Math.min(1, seconds / 2) : seconds)),
        );
        if (round > 0) times[i] = [...(times[i] ?? []), ...measured.flat()];
      }
    const [own, ...theirs] = times.map((its) => median(its) / students);
    const best = peers.map((_, i) => Math.min(...theirs.slice(i * FORMATS.length, (i + 1) * FORMATS.length)));
    return { parameters: counts[0], own, peers: best };
  } finally {
    for (const each of contenders.flat()) await each.close();
  }
}

/** A process that trains for some seconds and tells how long each step took, in milliseconds. */
interface Trainer {
  readonly parameters: Promise<number>;
  run(seconds: number): Promise<readonly number[]>;
  close(): Promise<void>;
}

function trainer(command: string, args: readonly string[], options: object, env: object = {}): Trainer {
  const child = spawn(command, [...args, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${command} ${args.join(' ')} stopped; its message is above`);
    return value;
  };
  return {
    parameters: answer().then(Number),
    async run(seconds) {
      child.stdin.write(`${seconds}\n`);
      return JSON.parse(await answer()) as number[];
    },
    async close() {
      if (child.exitCode !== null) return;
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.stdin.end();
      await closed;
    },
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
