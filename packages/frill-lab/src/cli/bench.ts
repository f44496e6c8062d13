/** `frill bench`: how fast models are on this machine, or on a phone nearby. */
import { join } from 'node:path';
import { z } from 'zod';
import { measureLatency } from '../bench/latency.js';
import { latencyLines } from '../bench/latency-lines.js';
import { type LatencyProtocol, protocolSchema } from '../bench/latency-protocol.js';
import { type MeasurableModel, measurableModel, modelSubjects } from '../bench/model-subjects.js';
import { serveBench } from '../bench/served/serve-bench.js';
import { writeWhole } from '../run/whole-file.js';
import { defineCommand } from './command.js';
import type { Console } from './console.js';
import { engineForLatency } from './engine-option.js';
import { serveOptions } from './serve-options.js';

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
    ...serveOptions,
    out: z.string().default('runs/devices').describe('With --serve: folder for one file per device.'),
  }),
  example: 'frill bench runs/study/students/small-2-gap/model.tflite --rounds 9',
  groups: {
    'How much is measured': ['rounds', 'runs', 'seconds', 'warmup'],
    'Noise of the machine': ['precision', 'extraRounds', 'patience'],
    'On a phone': ['serve', 'serveOn', 'devices', 'out'],
  },
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
