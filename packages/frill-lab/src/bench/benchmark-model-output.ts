/**
 * Reads what Google's `benchmark_model` prints, as `docs/phone.md` runs it on a phone: one run of the tool after another in one
 * file, several for each model, which are its rounds. Lines in between that say `frill-device: ...` name the device.
 *
 * Source: tensorflow/lite/tools/benchmark/benchmark_model.cc and tensorflow/core/util/stats_calculator.h. The tool keeps no single
 * times: of a round there are its 5 %, 50 % and 95 % points, or of versions before 2.14 its least, mean and largest; they stand for
 * its samples.
 */
import { basename } from 'node:path';
import { InputError } from 'frill-audio';
import { median, quantile } from '../statistics/quantiles.js';
import { random } from '../tensor/random.js';
import { medianInterval } from './interleaved-rounds.js';
import { DEFAULT_PROTOCOL } from './latency-protocol.js';
import type { LatencyReport, ModelLatency } from './latency-report.js';
import { compareRepeats } from './repeatability.js';
import { rounded } from './timed-runs.js';

/** One run of the tool, in milliseconds. */
interface ToolRun {
  /** The file's stem. */
  readonly name: string;
  readonly loadMs: number;
  readonly firstMs: number;
  readonly warmupRuns: number;
  /** Low, middle, high. */
  readonly samples: readonly [number, number, number];
  readonly bestMs: number;
}

/** Whether a text is such output. */
export function isBenchmarkModelOutput(text: string): boolean {
  return /Inference timings in us: Init:/.test(text);
}

/**
 * The report. Models have their names alone, for the tool does not tell what was in a file. The
 * first model is the reference, measured as two, where it was run twice as often as the others.
 *
 * @throws InputError where the output holds no whole run
 */
export function parseBenchmarkModelOutput(text: string, where: string): LatencyReport {
  const runs = runsIn(text);
  if (runs.length === 0)
    throw new InputError({
      what: 'this holds no whole run of benchmark_model',
      where,
      remedy: 'Keep all that the tool prints, its lines "Graph:" and "Inference timings" among them',
    });
  const byName = new Map<string, ToolRun[]>();
  for (const run of runs) byName.set(run.name, [...(byName.get(run.name) ?? []), run]);
  const rounds = Math.min(...[...byName.values()].map(({ length }) => length));
  const models: ModelLatency[] = [];
  let repeatability: LatencyReport['repeatability'] = { reference: '', mediansMs: [0, 0], bound: 0 };
  for (const [name, own] of byName) {
    const isReference = models.length === 0 && own.length === 2 * rounds;
    models.push(latencyOf(name, isReference ? own.filter((_, index) => index % 2 === 0) : own));
    if (isReference)
      repeatability = compareRepeats(
        models[0],
        latencyOf(
          name,
          own.filter((_, index) => index % 2 === 1),
        ),
        random('repeat'),
      );
  }
  return {
    started: said(text, 'started') ?? 'unknown',
    seconds: Number(said(text, 'seconds') ?? 0),
    device: {
      ...(said(text, 'device') === undefined ? {} : { name: said(text, 'device') }),
      processor: said(text, 'processor') ?? 'unknown',
      cores: Number(said(text, 'cores') ?? 1),
      system: said(text, 'system') ?? 'unknown',
      host: 'benchmark_model',
      runtimes: {},
    },
    protocol: {
      ...DEFAULT_PROTOCOL,
      rounds: Math.max(2, rounds),
      threads: Number(/(?:Num threads|#threads used for CPU inference): \[(\d+)\]/.exec(text)?.[1] ?? 1),
    },
    models,
    repeatability,
  };
}

/** What `frill-<key>: ...` says. */
function said(text: string, key: string): string | undefined {
  return new RegExp(`frill-${key}: *(.+?) *\\r?$`, 'm').exec(text)?.[1];
}

const TIMINGS =
  /Inference timings in us: Init: ([\d.e+]+), First inference: ([\d.e+]+), Warmup \(avg\): [\d.e+]+, Inference \(avg\): ([\d.e+]+)/;

function runsIn(text: string): ToolRun[] {
  const runs: ToolRun[] = [];
  let name: string | undefined;
  let counts: Readonly<Record<string, number>>[] = [];
  for (const line of text.split('\n')) {
    const graph = /Graph: \[(.+)\]/.exec(line)?.[1];
    if (graph !== undefined) [name, counts] = [basename(graph, '.tflite'), []];
    if (/\bcount=\d+/.test(line)) counts.push(numbersIn(line));
    const [, init, first, average] = TIMINGS.exec(line) ?? [];
    if (name === undefined || init === undefined) continue;
    const [warmup, steady] = [counts[0] ?? {}, counts.at(-1) ?? {}];
    const middle = steady.median ?? Number(average);
    runs.push({
      name,
      loadMs: Number(init) / 1000,
      firstMs: Number(first) / 1000,
      warmupRuns: warmup.count ?? 0,
      samples: [
        (steady.p5 ?? steady.min ?? middle) / 1000,
        middle / 1000,
        (steady.p95 ?? steady.max ?? middle) / 1000,
      ],
      bestMs: (steady.min ?? middle) / 1000,
    });
    name = undefined;
  }
  return runs;
}

/** `count=50 first=12 ...` */
function numbersIn(line: string): Record<string, number> {
  return Object.fromEntries(
    [...line.matchAll(/(\w+)=([\d.e+]+)/g)].map(([, key, value]) => [key, Number(value)]),
  );
}

function latencyOf(name: string, runs: readonly ToolRun[]): ModelLatency {
  const medians = runs.map(({ samples }) => samples[1]);
  // The 90 % point is not printed; the 95 % point is its upper bound.
  const high = rounded(median(runs.map(({ samples }) => samples[2])));
  return {
    name,
    path: 'model',
    engine: 'tflite',
    coldMs: rounded(runs[0].loadMs),
    firstMs: rounded(runs[0].firstMs),
    reloadsMs: runs.map(({ loadMs }) => rounded(loadMs)),
    // The tool warms up by time alone.
    warmup: { runs: runs[0].warmupRuns, seconds: 0, steady: true },
    rounds: runs.map(({ samples }) => samples.map(rounded)),
    medianMs: rounded(median(medians)),
    p50Ms: rounded(median(medians)),
    p90Ms: high,
    p95Ms: high,
    bestMs: rounded(
      quantile(
        runs.map(({ bestMs }) => bestMs),
        0,
      ),
    ),
    intervalMs: medianInterval(medians, name),
  };
}
