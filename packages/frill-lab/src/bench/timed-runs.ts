/** One model on the clock: loaded, warmed up until it is steady, and timed for the length of a round. */

import { median } from '../statistics/quantiles.js';
import type { LatencyProtocol } from './latency-protocol.js';
import type { LatencyPath, ModelLatency } from './latency-report.js';

/** Something that can be loaded again and again. */
export interface Subject {
  readonly name: string;
  readonly path: LatencyPath;
  /** Hash of what is loaded: kept rounds are of this content only. */
  readonly content: string;
  /** What runs it: `frill`, `litert`, `onnxruntime`. */
  readonly engine?: string | undefined;
  /** Brings what loading needs within reach; not timed. */
  prepare?(): Promise<void>;
  load(): Promise<LoadedSubject>;
}

export interface LoadedSubject {
  /** One inference on fixed input. */
  run(): Promise<unknown>;
  close(): void;
}

/** Milliseconds since some moment. */
export type Clock = () => number;

/** How a model starts: milliseconds of the first loading and the first inference, and how it became steady. */
export type Start = Pick<ModelLatency, 'coldMs' | 'firstMs' | 'warmup'>;

export interface TimedRound {
  readonly reloadMs: number;
  /** Milliseconds of an inference, one a sample. */
  readonly samples: number[];
}

/** Blocks of runs that are compared with each other to judge steadiness. */
const BLOCK = 20;

/** Loads a model for the first time and runs it until time and steadiness say that it is warm. */
export async function warmUp(subject: Subject, protocol: LatencyProtocol, clock: Clock): Promise<Start> {
  await subject.prepare?.();
  const start = clock();
  const loaded = await subject.load();
  const coldMs = rounded(clock() - start);
  const first = clock();
  await loaded.run();
  const began = clock();
  const firstMs = rounded(began - first);
  let before = Number.NaN;
  let runs = 1;
  for (;;) {
    const inARow = await runsOfASample(loaded, protocol, clock);
    const now = median(await timeSamples(loaded, BLOCK, inARow, clock));
    runs += BLOCK * inARow;
    const seconds = (clock() - began) / 1000;
    const steady = Math.abs(now - before) <= protocol.steadiness * before;
    before = now;
    const isOver = steady ? seconds >= protocol.warmupSeconds : seconds >= protocol.warmupLimitSeconds;
    if (!isOver) continue;
    loaded.close();
    return { coldMs, firstMs, warmup: { runs, seconds: rounded(seconds), steady } };
  }
}

/** Loads a warm model again and times it for one round. */
export async function timeRound(
  subject: Subject,
  protocol: LatencyProtocol,
  clock: Clock,
): Promise<TimedRound> {
  await subject.prepare?.();
  const start = clock();
  const loaded = await subject.load();
  const reloadMs = rounded(clock() - start);
  await timeSamples(loaded, protocol.settlingRuns, 1, clock);
  const inARow = await runsOfASample(loaded, protocol, clock);
  const samples: number[] = [];
  const began = clock();
  while (samples.length * inARow < protocol.runsPerRound || clock() - began < protocol.secondsPerRound * 1000)
    samples.push(...(await timeSamples(loaded, 1, inARow, clock)));
  loaded.close();
  return { reloadMs, samples };
}

/** What measuring a subject takes at least, in seconds, where one inference takes `secondsPerRun`; loading comes on top. */
export function protocolSeconds(protocol: LatencyProtocol, secondsPerRun: number): number {
  const { rounds, runsPerRound, secondsPerRound, settlingRuns, warmupSeconds } = protocol;
  // Steadiness is judged by two blocks.
  const warmup = Math.max(warmupSeconds, (1 + 2 * BLOCK) * secondsPerRun);
  return (
    warmup + rounds * (settlingRuns * secondsPerRun + Math.max(secondsPerRound, runsPerRound * secondsPerRun))
  );
}

async function timeSamples(
  loaded: LoadedSubject,
  count: number,
  inARow: number,
  clock: Clock,
): Promise<number[]> {
  const samples: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = clock();
    for (let run = 0; run < inARow; run++) await loaded.run();
    samples.push(rounded((clock() - start) / inARow));
  }
  return samples;
}

/** How many inferences in a row last as long as a sample must. Found out by trying, in powers of two. */
async function runsOfASample(
  loaded: LoadedSubject,
  { shortestSampleMs }: LatencyProtocol,
  clock: Clock,
): Promise<number> {
  if (shortestSampleMs === 0) return 1;
  for (let inARow = 1; ; inARow *= 2) {
    const [ms] = await timeSamples(loaded, 1, inARow, clock);
    if (ms * inARow >= shortestSampleMs) return inARow;
  }
}

/** Microseconds are what the clock can tell. */
export function rounded(milliseconds: number): number {
  return Number(milliseconds.toFixed(4));
}
