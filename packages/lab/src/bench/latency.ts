/**
 * The latency protocol: batch 1, one inference after the other, as TFLite's benchmark_model and MLPerf Mobile's single stream do.
 *
 * Cold (load), first and steady times are reported apart. A runtime in WebAssembly becomes steady only after hundreds of runs
 * (V8 compiles it twice), so warming up ends by time and steadiness, not by a count. On a machine that others use too, speed
 * drifts: all models are therefore measured in interleaved rounds, in a new order each round, so that drift hits all alike;
 * and one of them, the reference, is measured twice in every round as if it were two models. Differences between
 * models that are not larger than the difference between those two mean nothing, and the report says so.
 */
import { z } from 'zod';
import type { Progress } from '../run/progress.js';
import { type Random, random } from '../tensor/random.js';
import { type Device, describeDevice, deviceSchema } from './device.js';
import { median, quantile } from './quantiles.js';

export const protocolSchema = z.object({
  /** Times that every model is loaded and measured again. */
  rounds: z.int().min(2).default(5),
  /** A round times a model until both are reached. */
  runsPerRound: z.int().positive().default(30),
  secondsPerRound: z.number().nonnegative().default(0.25),
  /** Untimed runs after each loading. */
  settlingRuns: z.int().nonnegative().default(5),
  /** Warming up ends when this time is over and a block of runs is within `steadiness` of the one before it... */
  warmupSeconds: z.number().nonnegative().default(1),
  steadiness: z.number().positive().default(0.03),
  /** ...or when this time is over; `steady` is then false. */
  warmupLimitSeconds: z.number().positive().default(6),
  threads: z.int().positive().default(1),
  seed: z.string().default('latency'),
});

export type LatencyProtocol = z.infer<typeof protocolSchema>;

export const DEFAULT_PROTOCOL: LatencyProtocol = protocolSchema.parse({});

/** What is timed: log-mel in, embedding out; or a second of audio in, front end included. */
export type LatencyPath = 'model' | 'audio-to-embedding';

export const latencySchema = z.object({
  name: z.string(),
  path: z.enum(['model', 'audio-to-embedding']),
  /** Milliseconds of the first loading and the first inference. */
  coldMs: z.number(),
  firstMs: z.number(),
  /** Later loadings, one a round. */
  reloadsMs: z.array(z.number()),
  warmup: z.object({ runs: z.int(), seconds: z.number(), steady: z.boolean() }),
  /** Raw samples in milliseconds, one list a round. */
  rounds: z.array(z.array(z.number())),
  /** Median over rounds of each round's median: the number to quote. */
  medianMs: z.number(),
  /** Over all samples. */
  p50Ms: z.number(),
  p90Ms: z.number(),
  p95Ms: z.number(),
  bestMs: z.number(),
  /** 95 % bootstrap interval of `medianMs`, over rounds. */
  intervalMs: z.tuple([z.number(), z.number()]),
});

export const latencyReportSchema = z.object({
  started: z.string(),
  seconds: z.number(),
  device: deviceSchema,
  protocol: protocolSchema,
  models: z.array(latencySchema),
  /** The reference measured as two models. */
  repeatability: z.object({
    reference: z.string(),
    mediansMs: z.tuple([z.number(), z.number()]),
    /** Relative difference that re-running the same model reaches in 95 % of bootstrap draws. */
    bound: z.number(),
  }),
});

export type ModelLatency = z.infer<typeof latencySchema>;
export type LatencyReport = z.infer<typeof latencyReportSchema>;

/** Something that can be loaded again and again. */
export interface Subject {
  readonly name: string;
  readonly path: LatencyPath;
  load(): Promise<LoadedSubject>;
}

export interface LoadedSubject {
  /** One inference on fixed input. */
  run(): Promise<unknown>;
  close(): void;
}

export interface MeasureOptions {
  readonly protocol?: LatencyProtocol;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  /** Milliseconds; for tests. */
  readonly clock?: () => number;
}

/** Measures all subjects by the protocol. The first is also the repeated reference. Throws what loading or running throws. */
export async function measureLatency(
  subjects: readonly Subject[],
  { protocol = DEFAULT_PROTOCOL, progress, signal, clock = () => performance.now() }: MeasureOptions = {},
): Promise<LatencyReport> {
  const started = new Date();
  const began = clock();
  const device: Device = describeDevice();
  const entries = [...subjects, ...subjects.slice(0, 1)].map((subject) => newEntry(subject));
  const step = progress?.start('latency', entries.length * (protocol.rounds + 1), 'measurements');
  let done = 0;

  for (const entry of entries) {
    signal?.throwIfAborted();
    await warmUp(entry, protocol, clock);
    step?.advance(++done, entry.subject.name);
  }
  const order = entries.map((_, index) => index);
  for (let round = 0; round < protocol.rounds; round++) {
    random(`${protocol.seed}/${round}`).shuffle(order);
    for (const index of order) {
      signal?.throwIfAborted();
      await measureRound(entries[index], protocol, clock);
      step?.advance(++done, entries[index].subject.name);
    }
  }
  step?.finish();

  const repeated = entries.pop();
  const models = entries.map((entry) => summarise(entry, protocol.seed));
  return {
    started: started.toISOString(),
    seconds: rounded((clock() - began) / 1000),
    device,
    protocol,
    models,
    repeatability: repeated
      ? compareRepeats(models[0], summarise(repeated, protocol.seed), random(`${protocol.seed}/repeat`))
      : { reference: '', mediansMs: [0, 0], bound: 0 },
  };
}

interface Entry {
  readonly subject: Subject;
  coldMs: number;
  firstMs: number;
  warmup: ModelLatency['warmup'];
  readonly reloadsMs: number[];
  readonly rounds: number[][];
}

function newEntry(subject: Subject): Entry {
  const warmup = { runs: 0, seconds: 0, steady: false };
  return { subject, coldMs: 0, firstMs: 0, warmup, reloadsMs: [], rounds: [] };
}

/** Blocks of runs that are compared with each other to judge steadiness. */
const BLOCK = 20;

async function warmUp(entry: Entry, protocol: LatencyProtocol, clock: () => number): Promise<void> {
  const start = clock();
  const loaded = await entry.subject.load();
  entry.coldMs = rounded(clock() - start);
  const first = clock();
  await loaded.run();
  const began = clock();
  entry.firstMs = rounded(began - first);
  let before = Number.NaN;
  let runs = 1;
  for (;;) {
    const block = await timeRuns(loaded, BLOCK, clock);
    runs += BLOCK;
    const now = median(block);
    const seconds = (clock() - began) / 1000;
    const steady = Math.abs(now - before) <= protocol.steadiness * before;
    before = now;
    const isOver = steady ? seconds >= protocol.warmupSeconds : seconds >= protocol.warmupLimitSeconds;
    if (isOver) {
      entry.warmup = { runs, seconds: rounded(seconds), steady };
      break;
    }
  }
  loaded.close();
}

async function measureRound(entry: Entry, protocol: LatencyProtocol, clock: () => number): Promise<void> {
  const start = clock();
  const loaded = await entry.subject.load();
  entry.reloadsMs.push(rounded(clock() - start));
  await timeRuns(loaded, protocol.settlingRuns, clock);
  const samples: number[] = [];
  const began = clock();
  while (samples.length < protocol.runsPerRound || clock() - began < protocol.secondsPerRound * 1000)
    samples.push(...(await timeRuns(loaded, 1, clock)));
  entry.rounds.push(samples);
  loaded.close();
}

async function timeRuns(loaded: LoadedSubject, count: number, clock: () => number): Promise<number[]> {
  const samples: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = clock();
    await loaded.run();
    samples.push(rounded(clock() - start));
  }
  return samples;
}

function summarise({ subject, rounds, ...kept }: Entry, seed: string): ModelLatency {
  const all = rounds.flat();
  const medians = rounds.map(median);
  const stream = random(`${seed}/interval`);
  const draws = Array.from({ length: 1000 }, () => median(resample(medians, stream)));
  return {
    name: subject.name,
    path: subject.path,
    ...kept,
    rounds,
    medianMs: rounded(median(medians)),
    p50Ms: rounded(quantile(all, 0.5)),
    p90Ms: rounded(quantile(all, 0.9)),
    p95Ms: rounded(quantile(all, 0.95)),
    bestMs: rounded(quantile(all, 0)),
    intervalMs: [rounded(quantile(draws, 0.025)), rounded(quantile(draws, 0.975))],
  };
}

function compareRepeats(a: ModelLatency, b: ModelLatency, stream: Random): LatencyReport['repeatability'] {
  const [roundsA, roundsB] = [a.rounds.map(median), b.rounds.map(median)];
  const differences = Array.from({ length: 2000 }, () =>
    Math.abs(Math.log(median(resample(roundsA, stream)) / median(resample(roundsB, stream)))),
  );
  return {
    reference: a.name,
    mediansMs: [a.medianMs, b.medianMs],
    bound: Number(Math.expm1(quantile(differences, 0.95)).toFixed(4)),
  };
}

/** A bootstrap sample of the same length. */
export function resample<T>(items: readonly T[], stream: Random): T[] {
  return items.map(() => stream.pick(items));
}

/** Microseconds are what the clock can tell. */
function rounded(milliseconds: number): number {
  return Number(milliseconds.toFixed(4));
}

/**
 * Pairs of models, neighbours in the ranking by latency, whose difference is no larger than that of the reference
 * measured twice: their order is not known.
 */
export function indistinguishable({ models, repeatability }: LatencyReport): [string, string][] {
  const pairs: [string, string][] = [];
  for (const path of ['model', 'audio-to-embedding'] as const) {
    const ranked = models.filter((model) => model.path === path).sort((a, b) => a.medianMs - b.medianMs);
    for (const [index, slower] of ranked.slice(1).entries())
      if (slower.medianMs / ranked[index].medianMs - 1 <= repeatability.bound)
        pairs.push([ranked[index].name, slower.name]);
  }
  return pairs;
}
