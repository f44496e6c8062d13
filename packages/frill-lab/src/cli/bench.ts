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
  summary: 'Measure the latency of .tflite models: load, first and steady, alone and from audio',
  positional: '<models...>',
  options: z.object({
    models: z.array(z.string()).min(1).describe('released models by name, or .tflite files'),
    rounds: z.int().min(2).default(defaults.rounds).describe('interleaved rounds over all models'),
    runs: z.int().positive().default(defaults.runsPerRound).describe('fewest timed inferences a round'),
    seconds: z.number().nonnegative().default(defaults.secondsPerRound).describe('shortest time a round'),
    warmup: z.number().nonnegative().default(defaults.warmupSeconds).describe('shortest warm-up in seconds'),
    precision: z
      .number()
      .positive()
      .default(100 * defaults.precision)
      .describe('further rounds until the median of each model is known to so many percent'),
    extraRounds: z
      .int()
      .nonnegative()
      .default(defaults.extraRounds)
      .describe('at most so many further rounds'),
    patience: z
      .number()
      .nonnegative()
      .default(defaults.patience)
      .describe('time for waiting until the machine is quiet, as a share of the measuring time'),
    threads: z.int().positive().default(1).describe('threads of one inference'),
    engine: engineForLatency,
  }),
  example: 'frill bench runs/study/students/small-2-gap/model.tflite --rounds 9',
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
    `${repeatability.reference} measured twice: ${repeatability.mediansMs.map(number).join(' and ')} ms; differences under ${(100 * repeatability.bound).toFixed(1)} % mean nothing here.`,
    ...machineLines(report),
    ...close.map(([faster, slower]) => `The order of ${faster} and ${slower} is not known.`),
    ...report.models
      .filter(({ warmup }) => !warmup.steady)
      .map(({ name, warmup }) => `${name} was not steady after ${warmup.seconds.toFixed(1)} s of warm-up.`),
  ];
}

/** What was seen of the machine, and what was done about it. */
function machineLines({ disturbance, models, protocol }: LatencyReport): string[] {
  if (!disturbance) return [];
  const { measurements, repeated, disturbed, waitedSeconds, slowdown, othersCores, stolen } = disturbance;
  const most = Math.max(...models.map(({ rounds }) => rounds.length));
  return [
    `The machine: the core up to ${slowdown.worst.toFixed(2)} times as slow as at its best, other programs on up to ${othersCores.worst.toFixed(2)} cores, the host took up to ${(100 * stolen.worst).toFixed(0)} % of the time.`,
    ...(repeated + disturbed > 0
      ? [
          `Of ${measurements} measurements ${repeated} were made again after waiting ${waitedSeconds.toFixed(0)} s; ${disturbed} were kept although they were disturbed.`,
        ]
      : []),
    ...(most > protocol.rounds ? [`Up to ${most} rounds were needed.`] : []),
  ];
}
