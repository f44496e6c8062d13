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
  /** Milliseconds of each inference. */
  readonly samples: number[];
}

/** Blocks of runs that are compared with each other to judge steadiness. */
const BLOCK = 20;

/** Loads a model for the first time and runs it until time and steadiness say that it is warm. */
export async function warmUp(subject: Subject, protocol: LatencyProtocol, clock: Clock): Promise<Start> {
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
    const now = median(await timeRuns(loaded, BLOCK, clock));
    runs += BLOCK;
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
  const start = clock();
  const loaded = await subject.load();
  const reloadMs = rounded(clock() - start);
  await timeRuns(loaded, protocol.settlingRuns, clock);
  const samples: number[] = [];
  const began = clock();
  while (samples.length < protocol.runsPerRound || clock() - began < protocol.secondsPerRound * 1000)
    samples.push(...(await timeRuns(loaded, 1, clock)));
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

async function timeRuns(loaded: LoadedSubject, count: number, clock: Clock): Promise<number[]> {
  const samples: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = clock();
    await loaded.run();
    samples.push(rounded(clock() - start));
  }
  return samples;
}

/** Microseconds are what the clock can tell. */
export function rounded(milliseconds: number): number {
  return Number(milliseconds.toFixed(4));
}
