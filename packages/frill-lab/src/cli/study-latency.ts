/** `frill study latency`: the latency of a study's students, measured again here, on a device nearby, or taken from a file. */
import { z } from 'zod';
import { DEFAULT_PROTOCOL } from '../bench/latency-protocol.js';
import type { LatencyReport } from '../bench/latency-report.js';
import { measurableModel } from '../bench/model-subjects.js';
import { serveBench } from '../bench/served/serve-bench.js';
import type { Engine } from '../models/engines.js';
import { deviceFrontiers, deviceName } from '../study/device-frontiers.js';
import { writeResults } from '../study/runner/results.js';
import { RunFolder } from '../study/runner/run-folder.js';
import { newestRun } from '../study/runner/status.js';
import { measureStudents } from '../study/runner/steps/measure-students.js';
import { readMeasurement, studentsOf } from '../study/runner/steps/measured-elsewhere.js';
import { defineCommand } from './command.js';
import type { Console } from './console.js';
import { engineForLatency } from './engine-option.js';
import { serveOptions } from './serve-options.js';

export const studyLatency = defineCommand({
  name: 'study latency',
  summary: "Measure a study's latencies again, or add those of another device",
  options: z.object({
    out: z
      .string()
      .optional()
      .describe('Folder of the study. By default the one in runs/ that was used last and has results.'),
    from: z
      .string()
      .optional()
      .describe(
        'Take latencies from a file that `frill bench` wrote for another device, or from the output of benchmark_model, instead of measuring here.',
      ),
    device: z
      .string()
      .optional()
      .describe(
        "Name of the device in the report. Without it, a measurement made here replaces the study's own.",
      ),
    engine: engineForLatency,
    ...serveOptions,
    rounds: z
      .int()
      .min(2)
      .default(DEFAULT_PROTOCOL.rounds)
      .describe('Rounds. Each round measures every model once, in a new order.'),
  }),
  example: 'frill study latency --out runs/study --from pixel.json --device "Pixel 8, Chrome"',
  groups: { 'On a phone': ['serve', 'serveOn', 'devices'] },
  async run({ out, from, device, engine, serve, serveOn, devices, rounds }, console) {
    const path = out ?? (await newestRun('results'));
    const folder = new RunFolder(path);
    const add = async (report: LatencyReport, where: string) => {
      const { latency, missing } = await studentsOf(folder, report, where);
      await folder.addDevice({ device: device ?? deviceName(report), latency });
      if (missing.length > 0) console.print(`These students were not measured: ${missing.join(', ')}`);
    };
    if (from !== undefined) await add(await readMeasurement(from), from);
    else if (serve) await serveStudents(folder, { engine, rounds, serveOn, devices, add }, console);
    else {
      const latency = await measureStudents(folder, {
        rounds,
        engine,
        progress: console.progress,
        signal: console.signal,
      });
      if (device === undefined) await folder.setLatency(latency);
      else await folder.addDevice({ device, latency });
    }
    const { page, results, analysis } = await writeResults(folder);
    const others = deviceFrontiers(results, analysis).flatMap(({ device: name, agreement }) =>
      agreement ? [{ device: name, ...agreement }] : [],
    );
    for (const { device: name, students, ratio, ranks } of others)
      console.print(
        `${name}: ${ratio.toPrecision(3)} times the study's own latencies${ranks === undefined ? '' : `, rank correlation ${ranks.toFixed(3)}`}, over ${students} students`,
      );
    console.print(`Report: ${page}`);
    return { folder: path, report: page, others };
  },
});

interface ServedStudents {
  readonly engine: Engine;
  readonly rounds: number;
  readonly serveOn: string;
  readonly devices: number | undefined;
  readonly add: (report: LatencyReport, where: string) => Promise<void>;
}

/** Devices that open the address measure the students; each that has finished is added, and the report written again. */
async function serveStudents(
  folder: RunFolder,
  { engine, rounds, add, ...where }: ServedStudents,
  console: Console,
): Promise<void> {
  const models = [];
  for (const { name, file } of await folder.students())
    models.push(await measurableModel(folder.file(file), { name, engine }));
  await serveBench({
    ...where,
    models,
    protocol: { ...DEFAULT_PROTOCOL, rounds },
    folder: folder.file('devices'),
    progress: console.progress,
    signal: console.signal,
    onReport: async (report) => {
      await add(report, deviceName(report));
      const { page } = await writeResults(folder);
      console.print(`${deviceName(report)} is in the report: ${page}`);
    },
  });
}
