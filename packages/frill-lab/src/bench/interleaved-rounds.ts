/**
 * The latency protocol: batch 1, one inference after the other, as TFLite's benchmark_model and MLPerf Mobile's single stream do.
 *
 * Cold (load), first and steady times are reported apart. A runtime in WebAssembly becomes steady only after hundreds of runs
 * (V8 compiles it twice), so warming up ends by time and steadiness, not by a count. On a machine that others use too, speed
 * drifts: all models are therefore measured in interleaved rounds, in a new order each round, so that drift hits all alike.
 * The machine is watched meanwhile, and disturbed rounds are timed again (quiet-rounds.ts). A model whose median is not known
 * well enough after all rounds is measured in further ones. Some models, the references, are measured twice in every round
 * as if each were two: differences that are not larger than the one between those two mean nothing, and the report says so.
 *
 * Measuring many models takes long and may be interrupted: what is kept of it is not measured again.
 *
 * It runs in Node (latency.ts) and in browsers (frill-web's benchmark): it asks nothing of the system but through its options.
 */
import type { Progress } from '../run/progress.js';
import { resample } from '../statistics/bootstrap.js';
import { median, quantile } from '../statistics/quantiles.js';
import { random } from '../tensor/random.js';
import type { DeviceDescription } from './device.js';
import { summariseDisturbance } from './disturbance.js';
import type { LatencyProtocol } from './latency-protocol.js';
import type { LatencyReport, ModelLatency } from './latency-report.js';
import type { MachineState, MachineWatch } from './machine-watch.js';
import { QuietRounds } from './quiet-rounds.js';
import { compareRepeats } from './repeatability.js';
import type { RoundRecord, RoundStore } from './round-store.js';
import { type Clock, rounded, type Start, type Subject, warmUp } from './timed-runs.js';

export interface InterleavedOptions {
  readonly protocol: LatencyProtocol;
  /** What it runs on; goes into the report. */
  readonly device: DeviceDescription;
  /** Name of what is measured, how and on what: kept rounds of another name are others' rounds. */
  readonly measurement: string;
  readonly watch: MachineWatch;
  readonly clock: Clock;
  readonly store?: RoundStore | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One reference for so many subjects. */
const SUBJECTS_A_REFERENCE = 100;

/** Measures all subjects by the protocol, some of them twice. Throws what loading or running throws. */
export async function measureInterleaved(
  subjects: readonly Subject[],
  { protocol, device, measurement, watch, clock, store, progress, signal }: InterleavedOptions,
): Promise<LatencyReport> {
  const started = new Date();
  const began = clock();
  const references = referencesAmong(subjects);
  const entries = [...subjects, ...references.map((place) => subjects[place])].map(newEntry);
  const rounds = new QuietRounds(watch, protocol, clock, (what) => progress?.say(what));
  const kept = (store?.kept ?? []).filter((record) => record.measurement === measurement);
  for (const record of kept) {
    recall(entries, record);
    rounds.recall(record.machine);
  }
  if (kept.length > 0) progress?.say(`${kept.length} measurements are there already`);
  const order = entries.map((_, index) => index);
  const planned = Array.from({ length: protocol.rounds }, (_, round) => {
    random(`${protocol.seed}/${round}`).shuffle(order);
    return order.filter((index) => entries[index].rounds[round] === undefined);
  });
  const missing = planned.flat();
  const unfinished = [...entries.keys()].filter((index) => missing.includes(index));
  let total = unfinished.length + missing.length;
  let step = progress?.start('latency', total, 'measurements');
  let done = 0;

  const warm = async (index: number) => {
    signal?.throwIfAborted();
    const start = await warmUp(entries[index].subject, protocol, clock);
    entries[index].start ??= start;
    entries[index].isWarm = true;
  };
  const measure = async (index: number, round: number) => {
    signal?.throwIfAborted();
    const entry = entries[index];
    const timed = await rounds.time(entry.subject);
    put(entry, round, timed);
    const start = round === 0 ? { start: entry.start } : {};
    await store?.add({ measurement, entry: index, round, ...timed, ...start });
    step?.advance(++done, entry.subject.name);
  };
  // Also what was warm before an interruption: this is another process.
  for (const index of unfinished) {
    await warm(index);
    step?.advance(++done, entries[index].subject.name);
  }
  for (const [round, places] of planned.entries()) for (const index of places) await measure(index, round);
  step?.finish();

  for (let round = protocol.rounds; round < protocol.rounds + protocol.extraRounds; round++) {
    const unsure = order.filter((index) => !isKnown(entries[index], protocol, round));
    if (unsure.length === 0) break;
    const places = unsure.filter((index) => entries[index].rounds[round] === undefined);
    progress?.say(
      `a further round of ${places.length}: their medians are not known to ${100 * protocol.precision} %`,
    );
    total = places.length;
    done = 0;
    step = progress?.start(`latency, round ${round + 1}`, total, 'measurements');
    for (const index of places) {
      if (!entries[index].isWarm) await warm(index);
      await measure(index, round);
    }
    step?.finish();
  }

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
    disturbance: summariseDisturbance(
      entries.flatMap(({ machine }) => machine),
      rounds.fastestReferenceMs,
      rounds,
    ),
    repeatability: repeats.sort((a, b) => b.bound - a.bound)[0] ?? {
      reference: '',
      mediansMs: [0, 0],
      bound: 0,
    },
  };
}

/** Subjects and references: what is measured in each round. */
export function entriesOf(subjects: number): number {
  return subjects + Math.ceil(subjects / SUBJECTS_A_REFERENCE);
}

/** Places of the subjects that are measured twice: the first, and more of them, spread evenly, among many. */
function referencesAmong(subjects: readonly Subject[]): number[] {
  const count = Math.ceil(subjects.length / SUBJECTS_A_REFERENCE);
  return Array.from({ length: count }, (_, k) => Math.floor((k * subjects.length) / count));
}

interface Entry {
  readonly subject: Subject;
  /** Start that the first warm-up measured; a later one leaves it as it is. */
  start: Start | undefined;
  /** Whether it was warmed up in this process. */
  isWarm: boolean;
  readonly reloadsMs: number[];
  readonly rounds: number[][];
  readonly machine: MachineState[];
}

function newEntry(subject: Subject): Entry {
  return { subject, start: undefined, isWarm: false, reloadsMs: [], rounds: [], machine: [] };
}

/** Puts a kept round back in its place. */
function recall(entries: readonly Entry[], record: RoundRecord): void {
  const entry = entries[record.entry];
  put(entry, record.round, record);
  if (record.start) entry.start = record.start;
}

function put(
  entry: Entry,
  round: number,
  { reloadMs, samples, machine }: Pick<RoundRecord, 'reloadMs' | 'samples' | 'machine'>,
): void {
  entry.rounds[round] = samples;
  entry.reloadsMs[round] = reloadMs;
  entry.machine[round] = machine;
}

/** Whether the median over the first rounds is known to the protocol's precision. */
function isKnown({ rounds }: Entry, { precision, seed }: LatencyProtocol, count: number): boolean {
  const medians = rounds.slice(0, count).map(median);
  const [low, high] = medianInterval(medians, seed);
  return (high - low) / 2 <= precision * median(medians);
}

/** 95 % bootstrap interval of the median over rounds. */
export function medianInterval(medians: readonly number[], seed: string): [number, number] {
  const stream = random(`${seed}/interval`);
  const draws = Array.from({ length: 1000 }, () => median(resample(medians, stream)));
  return [rounded(quantile(draws, 0.025)), rounded(quantile(draws, 0.975))];
}

const NOT_STARTED: Start = { coldMs: 0, firstMs: 0, warmup: { runs: 0, seconds: 0, steady: false } };

function summarise({ subject, rounds, reloadsMs, start = NOT_STARTED }: Entry, seed: string): ModelLatency {
  const all = rounds.flat();
  const medians = rounds.map(median);
  return {
    name: subject.name,
    path: subject.path,
    content: subject.content,
    engine: subject.engine,
    ...start,
    reloadsMs,
    rounds,
    medianMs: rounded(median(medians)),
    p50Ms: rounded(quantile(all, 0.5)),
    p90Ms: rounded(quantile(all, 0.9)),
    p95Ms: rounded(quantile(all, 0.95)),
    bestMs: rounded(quantile(all, 0)),
    intervalMs: medianInterval(medians, seed),
  };
}
