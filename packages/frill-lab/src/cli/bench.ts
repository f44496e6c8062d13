/** `frill bench`: how fast models are on this machine, or on a phone nearby. */
import { join } from 'node:path';
import { z } from 'zod';
import { measureLatency } from '../bench/latency.js';
import { latencyLines } from '../bench/latency-lines.js';
import { type LatencyProtocol, protocolSchema } from '../bench/latency-protocol.js';
import { type MeasurableModel, measurableModel, modelSubjects } from '../bench/model-subjects.js';
import { SERVE_ON, serveBench } from '../bench/served/serve-bench.js';
import { ENGINES } from '../models/model-file.js';
import { writeWhole } from '../run/whole-file.js';
import { defineCommand } from './command.js';
import type { Console } from './console.js';

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
    engine: z
      .enum(ENGINES)
      .default('device')
      .describe("what runs the models; device: Frill's engine, or LiteRT.js for what that cannot run"),
    serve: z
      .boolean()
      .default(false)
      .describe('let a phone or tablet measure instead: prints an address to open there, and its QR code'),
    serveOn: z.string().default(SERVE_ON).describe('with --serve: address to serve on'),
    devices: z.int().positive().optional().describe('with --serve: end when so many devices have finished'),
    out: z.string().default('runs/devices').describe('with --serve: folder for a file of each device'),
  }),
  example: 'frill bench runs/study/students/small-2-gap/model.tflite --rounds 9',
  async run(options, console) {
    const { models, threads, engine } = options;
    const protocol = {
      ...defaults,
      rounds: options.rounds,
      runsPerRound: options.runs,
      secondsPerRound: options.seconds,
      warmupSeconds: options.warmup,
      precision: options.precision / 100,
      extraRounds: options.extraRounds,
      patience: options.patience,
      threads,
    };
    if (options.serve) {
      const measurable = [];
      for (const model of models) measurable.push(await measurableModel(model, { threads, engine }));
      return benchOnDevices({ ...options, models: measurable, protocol }, console);
    }
    const subjects = [];
    for (const model of models) subjects.push(...(await modelSubjects(model, { threads, engine })));
    const { progress, signal } = console;
    const report = await measureLatency(subjects, { protocol, progress, signal });
    for (const line of latencyLines(report)) console.print(line);
    return report;
  },
});

interface OnDevices {
  readonly models: readonly MeasurableModel[];
  readonly protocol: LatencyProtocol;
  readonly serveOn: string;
  readonly devices?: number | undefined;
  readonly out: string;
}

/** Writes a file for each device that has finished, and prints what was found there. */
async function benchOnDevices(options: OnDevices, console: Console): Promise<{ files: string[] }> {
  const files: string[] = [];
  await serveBench({
    ...options,
    folder: options.out,
    progress: console.progress,
    signal: console.signal,
    onReport: async (report, device) => {
      const called = (report.device.name ?? 'device').toLowerCase().replace(/[^a-z0-9]+/g, '-');
      const file = join(options.out, `${called}-${device.slice(0, 4)}.json`);
      await writeWhole(file, `${JSON.stringify(report, null, 1)}\n`);
      files.push(file);
      for (const line of latencyLines(report)) console.print(line);
      console.print(`Kept: ${file}`);
    },
  });
  return { files };
}
