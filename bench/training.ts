/**
 * `npm run bench -- training`: training steps (forward, backward, Adam) of ours against Debian's PyTorch (package python3-torch)
 * on two cores, in two arrangements: one student on two threads, as `frill distill` trains, and two students at
 * once on one thread each, as a study trains. PyTorch runs as it is installed, and again with what a patient user would find
 * out: a malloc that keeps memory, and huge pages; either time the better of its two memory formats counts. All take turns
 * within one run, so that whatever else the machine does hits all. Where PyTorch is not installed, its cells say so.
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

/** One row of the table: a network, or several of which each makes a step. */
interface Row {
  readonly name: string;
  readonly cases: readonly TrainingCase[];
  /** Bare steps on one batch in memory unless told; or `distil`, from data on disk. */
  readonly ours?: keyof typeof OURS;
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
  { ...one('small', 32, 1024), name: 'the same, by `distil` from disk', ours: 'distil' },
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

const OURS = {
  step: fileURLToPath(new URL('training-own.ts', import.meta.url)),
  distil: fileURLToPath(new URL('training-distil.ts', import.meta.url)),
} as const;
const PYTHON = '/usr/bin/python3';
const PEER = fileURLToPath(new URL('training_peer.py', import.meta.url));
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
  const hasPeer = spawnSync(PYTHON, ['-c', 'import torch']).status === 0;
  const rows: (string | number)[][] = [];
  for (const { name, cases, ours = 'step' } of ROWS)
    for (const arrangement of ARRANGEMENTS) {
      let [parameters, windows] = [0, 0];
      const sums = { own: 0, installed: 0, tuned: 0 };
      for (const item of cases) {
        const share = Math.max(1, seconds / cases.length);
        const measured = await measure(item, arrangement, { ours, hasPeer, seconds: share, rounds });
        windows += item.batch;
        parameters += measured.parameters;
        for (const contender of ['own', 'installed', 'tuned'] as const)
          sums[contender] += measured[contender];
      }
      const peer = (milliseconds: number) =>
        hasPeer ? [rate(windows, milliseconds), milliseconds / sums.own] : ['peer absent', 'peer absent'];
      rows.push([
        name,
        parameters / 1e6,
        arrangement.name,
        rate(windows, sums.own),
        ...peer(sums.installed),
        ...peer(sums.tuned),
      ]);
    }
  return {
    title: 'Training: forward, backward, Adam',
    columns: [
      'student',
      'M parameters',
      'on two cores',
      'windows/s',
      'PyTorch',
      'times as fast',
      'PyTorch tuned',
      'times as fast',
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

function rate(windows: number, milliseconds: number): number {
  return (windows / milliseconds) * 1000;
}

interface Measurement {
  readonly ours: keyof typeof OURS;
  readonly hasPeer: boolean;
  readonly seconds: number;
  readonly rounds: number;
}

/** Median milliseconds a step, divided by the students that make one at the same time; the better of PyTorch's formats. */
async function measure(
  item: TrainingCase,
  { students, threads }: Arrangement,
  { ours, hasPeer, seconds, rounds }: Measurement,
): Promise<{ parameters: number; own: number; installed: number; tuned: number }> {
  const contenders: Trainer[][] = [];
  const times: number[][] = [];
  const start = (open: () => Trainer) => contenders.push(Array.from({ length: students }, open));
  try {
    start(() => trainer(process.execPath, ['--import', 'tsx', OURS[ours]], { ...item, threads }, HUGE_PAGES));
    if (hasPeer)
      for (const env of [INSTALLED, TUNED])
        for (const format of ['nchw', 'channels_last'])
          start(() => trainer(PYTHON, [PEER], { ...item, threads, format }, env));
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
    const [own, ...peers] = times.map((its) => median(its) / students);
    const [installed, tuned] = [peers.slice(0, 2), peers.slice(2)].map((formats) => Math.min(...formats));
    return { parameters: counts[0], own, installed, tuned };
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
