/**
 * The latency protocol: batch 1, one inference after the other, as TFLite's benchmark_model and MLPerf Mobile's single stream do.
 *
 * Cold (load), first and steady times are reported apart. A runtime in WebAssembly becomes steady only after hundreds of runs
 * (V8 compiles it twice), so warming up ends by time and steadiness, not by a count. On a machine that others use too, speed
 * drifts: all models are therefore measured in interleaved rounds, in a new order each round, so that drift hits all alike;
 * and some of them, the references, are measured twice in every round as if each were two models. Differences between
 * models that are not larger than the difference between those two mean nothing, and the report says so.
 *
 * Measuring many models takes long and may be interrupted: what is kept of it is not measured again.
 */
import { contentName } from '../run/content-name.js';
import type { Progress } from '../run/progress.js';
import { resample } from '../statistics/bootstrap.js';
import { median, quantile } from '../statistics/quantiles.js';
import { random } from '../tensor/random.js';
import { type Device, describeDevice } from './device.js';
import {
  DEFAULT_PROTOCOL,
  type LatencyPath,
  type LatencyProtocol,
  type LatencyReport,
  type ModelLatency,
} from './latency-report.js';
import { compareRepeats } from './repeatability.js';
import type { RoundRecord, RoundStore } from './round-store.js';

/** Something that can be loaded again and again. */
export interface Subject {
  readonly name: string;
  readonly path: LatencyPath;
  /** Hash of what is loaded: kept rounds are of this content only. */
  readonly content: string;
  load(): Promise<LoadedSubject>;
}

export interface LoadedSubject {
  /** One inference on fixed input. */
  run(): Promise<unknown>;
  close(): void;
}

export interface MeasureOptions {
  readonly protocol?: LatencyProtocol;
  readonly store?: RoundStore;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  /** Milliseconds; for tests. */
  readonly clock?: () => number;
}

/** One reference for so many subjects. */
const SUBJECTS_A_REFERENCE = 100;

/** Measures all subjects by the protocol, some of them twice. Throws what loading or running throws. */
export async function measureLatency(
  subjects: readonly Subject[],
  {
    protocol = DEFAULT_PROTOCOL,
    store,
    progress,
    signal,
    clock = () => performance.now(),
  }: MeasureOptions = {},
): Promise<LatencyReport> {
  const started = new Date();
  const began = clock();
  const device: Device = describeDevice();
  const references = referencesAmong(subjects);
  const entries = [...subjects, ...references.map((place) => subjects[place])].map(newEntry);
  // Rounds of another machine, runtime or file are other measurements.
  const { processor, cores, node, runtimes } = device;
  const measurement = contentName({
    protocol,
    device: { processor, cores, node, runtimes },
    subjects: entries.map(({ subject: { name, path, content } }) => [name, path, content]),
  });
  const kept = (store?.kept ?? []).filter((record) => record.measurement === measurement);
  for (const record of kept) recall(entries, record);
  if (kept.length > 0) progress?.say(`${kept.length} measurements are there already`);
  const order = entries.map((_, index) => index);
  const rounds = Array.from({ length: protocol.rounds }, (_, round) => {
    random(`${protocol.seed}/${round}`).shuffle(order);
    return order.filter((index) => entries[index].rounds[round] === undefined);
  });
  const missing = rounds.flat();
  const unfinished = [...entries.keys()].filter((index) => missing.includes(index));
  const total = unfinished.length + missing.length;
  const step = progress?.start('latency', total, 'measurements');
  let done = 0;

  // Also what was warm before an interruption: this is another process.
  for (const index of unfinished) {
    signal?.throwIfAborted();
    await warmUp(entries[index], protocol, clock);
    step?.advance(++done, entries[index].subject.name);
  }
  for (const [round, places] of rounds.entries())
    for (const index of places) {
      signal?.throwIfAborted();
      const entry = entries[index];
      const { reloadMs, samples } = await measureRound(entry, protocol, clock);
      entry.reloadsMs[round] = reloadMs;
      entry.rounds[round] = samples;
      const start = round === 0 ? { start: startOf(entry) } : {};
      await store?.add({ measurement, entry: index, round, reloadMs, samples, ...start });
      step?.advance(++done, entry.subject.name);
    }
  step?.finish();

  const summaries = entries.map((entry) => summarise(entry, protocol.seed));
  const models = summaries.slice(0, subjects.length);
  const repeats = references.map((place, index) =>
    compareRepeats(models[place], summaries[subjects.length + index], random(`${protocol.seed}/repeat`)),
  );
  return {
    started: started.toISOString(),
    seconds: rounded((clock() - began) / 1000),
    device,
    protocol,
    models,
    repeatability: repeats.sort((a, b) => b.bound - a.bound)[0] ?? {
      reference: '',
      mediansMs: [0, 0],
      bound: 0,
    },
  };
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

/** Places of the subjects that are measured twice: the first, and more of them, spread evenly, among many. */
function referencesAmong(subjects: readonly Subject[]): number[] {
  const count = Math.ceil(subjects.length / SUBJECTS_A_REFERENCE);
  return Array.from({ length: count }, (_, k) => Math.floor((k * subjects.length) / count));
}

/** Puts a kept round back in its place. */
function recall(
  entries: readonly Entry[],
  { entry: index, round, reloadMs, samples, start }: RoundRecord,
): void {
  const entry = entries[index];
  entry.rounds[round] = samples;
  entry.reloadsMs[round] = reloadMs;
  if (start) Object.assign(entry, start, { isStarted: true });
}

interface Entry {
  readonly subject: Subject;
  /** Whether the next three are known; a later warm-up leaves them as they are. */
  isStarted: boolean;
  coldMs: number;
  firstMs: number;
  warmup: ModelLatency['warmup'];
  readonly reloadsMs: number[];
  readonly rounds: number[][];
}

function newEntry(subject: Subject): Entry {
  const warmup = { runs: 0, seconds: 0, steady: false };
  return { subject, isStarted: false, coldMs: 0, firstMs: 0, warmup, reloadsMs: [], rounds: [] };
}

function startOf({ coldMs, firstMs, warmup }: Entry) {
  return { coldMs, firstMs, warmup };
}

/** Blocks of runs that are compared with each other to judge steadiness. */
const BLOCK = 20;

async function warmUp(entry: Entry, protocol: LatencyProtocol, clock: () => number): Promise<void> {
  const start = clock();
  const loaded = await entry.subject.load();
  const coldMs = rounded(clock() - start);
  const first = clock();
  await loaded.run();
  const began = clock();
  const firstMs = rounded(began - first);
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
      const warmup = { runs, seconds: rounded(seconds), steady };
      if (!entry.isStarted) Object.assign(entry, { isStarted: true, coldMs, firstMs, warmup });
      break;
    }
  }
  loaded.close();
}

async function measureRound({ subject }: Entry, protocol: LatencyProtocol, clock: () => number) {
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

async function timeRuns(loaded: LoadedSubject, count: number, clock: () => number): Promise<number[]> {
  const samples: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = clock();
    await loaded.run();
    samples.push(rounded(clock() - start));
  }
  return samples;
}

function summarise({ subject, rounds, isStarted: _, ...kept }: Entry, seed: string): ModelLatency {
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

/** Microseconds are what the clock can tell. */
function rounded(milliseconds: number): number {
  return Number(milliseconds.toFixed(4));
}
