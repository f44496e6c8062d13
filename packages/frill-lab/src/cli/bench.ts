/** `frill bench`: how fast models are on this machine. */
import { z } from 'zod';
import { measureLatency } from '../bench/latency.js';
import { type LatencyReport, protocolSchema } from '../bench/latency-report.js';
import { modelSubjects } from '../bench/model-subjects.js';
import { indistinguishable } from '../bench/repeatability.js';
import { defineCommand } from './command.js';

const defaults = protocolSchema.parse({});

export const bench = defineCommand({
  name: 'bench',
  summary: 'Measure the latency of .tflite models: load, first and steady, alone and from audio',
  positional: '<models...>',
  options: z.object({
    models: z.array(z.string()).min(1).describe('.tflite files'),
    rounds: z.int().min(2).default(defaults.rounds).describe('interleaved rounds over all models'),
    runs: z.int().positive().default(defaults.runsPerRound).describe('fewest timed inferences a round'),
    seconds: z.number().nonnegative().default(defaults.secondsPerRound).describe('shortest time a round'),
    warmup: z.number().nonnegative().default(defaults.warmupSeconds).describe('shortest warm-up in seconds'),
    threads: z.int().positive().default(1).describe('threads of one inference'),
  }),
  example: 'frill bench runs/study/students/small-2-gap/model.tflite --rounds 9',
  async run({ models, rounds, runs, seconds, warmup, threads }, console) {
    const subjects = [];
    for (const model of models) subjects.push(...(await modelSubjects(model, { threads })));
    const report = await measureLatency(subjects, {
      protocol: {
        ...defaults,
        rounds,
        runsPerRound: runs,
        secondsPerRound: seconds,
        warmupSeconds: warmup,
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
    `${device.processor}, ${device.cores} cores, load ${device.load}, Node ${device.node}, LiteRT.js ${device.runtimes['@litertjs/core']}`,
    '',
    '| model | input | load ms | first ms | median ms | 95 % interval | p90 | p95 | best |',
    '|---|---|---:|---:|---:|---:|---:|---:|---:|',
    ...report.models.map(
      (model) =>
        `| ${model.name} | ${model.path === 'model' ? 'log-mel' : 'audio'} | ${number(model.coldMs)} | ${number(model.firstMs)} | ${number(model.medianMs)} | ${model.intervalMs.map(number).join('–')} | ${number(model.p90Ms)} | ${number(model.p95Ms)} | ${number(model.bestMs)} |`,
    ),
    '',
    `${repeatability.reference} measured twice: ${repeatability.mediansMs.map(number).join(' and ')} ms; differences under ${(100 * repeatability.bound).toFixed(1)} % mean nothing here.`,
    ...close.map(([faster, slower]) => `The order of ${faster} and ${slower} is not known.`),
    ...report.models
      .filter(({ warmup }) => !warmup.steady)
      .map(({ name, warmup }) => `${name} was not steady after ${warmup.seconds.toFixed(1)} s of warm-up.`),
  ];
}
