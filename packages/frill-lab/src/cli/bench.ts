/** `frill bench`: how fast models are on this machine. */
import { z } from 'zod';
import { measureLatency } from '../bench/latency.js';
import { protocolSchema } from '../bench/latency-protocol.js';
import type { LatencyReport } from '../bench/latency-report.js';
import { modelSubjects } from '../bench/model-subjects.js';
import { indistinguishable } from '../bench/repeatability.js';
import { invalidity } from '../bench/validity.js';
import { engineTitle } from '../models/engines.js';
import { defineCommand } from './command.js';
import { engineForLatency } from './engine-option.js';

const defaults = protocolSchema.parse({});

export const bench = defineCommand({
  name: 'bench',
  summary: 'Measure how long .tflite models take to load and to run',
  positional: '<models...>',
  options: z.object({
    models: z.array(z.string()).min(1).describe('Released models by name, or .tflite files.'),
    rounds: z
      .int()
      .min(2)
      .default(defaults.rounds)
      .describe('Rounds. Each round measures every model once, in a new order.'),
    runs: z
      .int()
      .positive()
      .default(defaults.runsPerRound)
      .describe('Least number of timed inferences per model and round.'),
    seconds: z
      .number()
      .nonnegative()
      .default(defaults.secondsPerRound)
      .describe('Least time in seconds per model and round.'),
    warmup: z
      .number()
      .nonnegative()
      .default(defaults.warmupSeconds)
      .describe('Least time in seconds for warming up each model.'),
    precision: z
      .number()
      .positive()
      .default(100 * defaults.precision)
      .describe(
        "Add rounds until the 95 % interval of each model's median is within this percentage of the median.",
      ),
    extraRounds: z
      .int()
      .nonnegative()
      .default(defaults.extraRounds)
      .describe('Largest number of added rounds.'),
    patience: z
      .number()
      .nonnegative()
      .default(defaults.patience)
      .describe(
        'Time that may be spent on waiting for a quiet machine and repeating, as a fraction of the measuring time.',
      ),
    threads: z.int().positive().default(1).describe('Threads per inference.'),
    engine: engineForLatency,
  }),
  example: 'frill bench runs/study/students/small-2-gap/model.tflite --rounds 9',
  groups: {
    'How much is measured': ['rounds', 'runs', 'seconds', 'warmup'],
    'Noise of the machine': ['precision', 'extraRounds', 'patience'],
  },
  async run(
    { models, rounds, runs, seconds, warmup, precision, extraRounds, patience, threads, engine },
    console,
  ) {
    const subjects = [];
    for (const model of models) subjects.push(...(await modelSubjects(model, { threads, engine })));
    const report = await measureLatency(subjects, {
      protocol: {
        ...defaults,
        rounds,
        runsPerRound: runs,
        secondsPerRound: seconds,
        warmupSeconds: warmup,
        precision: precision / 100,
        extraRounds,
        patience,
        threads,
      },
      progress: console.progress,
      signal: console.signal,
    });
    for (const line of latencyLines(report)) console.print(line);
    return report;
  },
});

/** The report as a markdown table with its caveats. */
function latencyLines(report: LatencyReport): string[] {
  const { device, repeatability } = report;
  const number = (milliseconds: number) => milliseconds.toPrecision(3);
  const close = indistinguishable(report);
  return [
    ...invalidity(report).map((sentence) => `This measurement is not valid. ${sentence}`),
    `${device.processor}, ${device.cores} cores, load ${device.load}, Node ${device.node}, LiteRT.js ${device.runtimes['@litertjs/core']}`,
    '',
    '| model | engine | input | load ms | first ms | median ms | 95 % interval | p90 | p95 | best |',
    '|---|---|---|---:|---:|---:|---:|---:|---:|---:|',
    ...report.models.map(
      (model) =>
        `| ${model.name} | ${engineTitle(model.engine)} | ${model.path === 'model' ? 'log-mel' : 'audio'} | ${number(model.coldMs)} | ${number(model.firstMs)} | ${number(model.medianMs)} | ${model.intervalMs.map(number).join('–')} | ${number(model.p90Ms)} | ${number(model.p95Ms)} | ${number(model.bestMs)} |`,
    ),
    '',
    `${repeatability.reference} was measured twice: ${repeatability.mediansMs.map(number).join(' and ')} ms. Differences below ${(100 * repeatability.bound).toFixed(1)} % are within the noise of this measurement.`,
    ...machineLines(report),
    ...close.map(([faster, slower]) => `${faster} and ${slower} are too close to tell which is faster.`),
    ...report.models
      .filter(({ warmup }) => !warmup.steady)
      .map(
        ({ name, warmup }) =>
          `The latency of ${name} was still changing after ${warmup.seconds.toFixed(1)} s of warm-up.`,
      ),
  ];
}

/** What was seen of the machine, and what was done about it. */
function machineLines({ disturbance, models, protocol }: LatencyReport): string[] {
  if (!disturbance) return [];
  const { measurements, repeated, disturbed, waitedSeconds, slowdown, othersCores, stolen } = disturbance;
  const most = Math.max(...models.map(({ rounds }) => rounds.length));
  return [
    `At worst, the processor core ran ${slowdown.worst.toFixed(2)} times slower than at its best, other programs used ${othersCores.worst.toFixed(2)} cores, and the host of the virtual machine took ${(100 * stolen.worst).toFixed(0)} % of the time.`,
    ...(repeated + disturbed > 0
      ? [
          `${repeated} of ${measurements} measurements were repeated because the machine was busy (${waitedSeconds.toFixed(0)} s of waiting). ${disturbed} were kept although the machine was busy.`,
        ]
      : []),
    ...(most > protocol.rounds ? [`${most} rounds were needed for the model that varied most.`] : []),
  ];
}
