/** `frill study latency`: the latency of a study's students, measured again here, on a device nearby, or taken from a file. */
import { z } from 'zod';
import { DEFAULT_PROTOCOL } from '../bench/latency-protocol.js';
import type { LatencyReport } from '../bench/latency-report.js';
import { measurableModel } from '../bench/model-subjects.js';
import { SERVE_ON, serveBench } from '../bench/served/serve-bench.js';
import { deviceName } from '../study/device-frontiers.js';
import { writeResults } from '../study/runner/results.js';
import { RunFolder } from '../study/runner/run-folder.js';
import { newestRun } from '../study/runner/status.js';
import { measureStudents } from '../study/runner/steps/measure-students.js';
import { readMeasurement, studentsOf } from '../study/runner/steps/measured-elsewhere.js';
import { defineCommand } from './command.js';
import type { Console } from './console.js';

export const studyLatency = defineCommand({
  name: 'study latency',
  summary: "Measure a study's students again, or add what was measured on another device",
  options: z.object({
    out: z.string().optional().describe('folder of the run; by default the one in runs/ that was used last'),
    from: z
      .string()
      .optional()
      .describe(
        'file that frill bench wrote elsewhere, or what benchmark_model printed, instead of measuring here',
      ),
    device: z
      .string()
      .optional()
      .describe("what the report calls the device; without it a measurement here replaces the study's own"),
    serve: z
      .boolean()
      .default(false)
      .describe('let phones and tablets measure: prints an address to open there, and its QR code'),
    serveOn: z.string().default(SERVE_ON).describe('with --serve: address to serve on'),
    devices: z.int().positive().optional().describe('with --serve: end when so many devices have finished'),
    rounds: z.int().min(2).default(DEFAULT_PROTOCOL.rounds).describe('interleaved rounds over all models'),
  }),
  example: 'frill study latency --out runs/study --from pixel.json --device "Pixel 8, Chrome"',
  async run({ out, from, device, serve, serveOn, devices, rounds }, console) {
    const path = out ?? (await newestRun('results'));
    const folder = new RunFolder(path);
    const add = async (report: LatencyReport, where: string) => {
      const { latency, missing } = await studentsOf(folder, report, where);
      await folder.addDevice({ device: device ?? deviceName(report), latency });
      if (missing.length > 0) console.print(`not measured there: ${missing.join(', ')}`);
    };
    if (from !== undefined) await add(await readMeasurement(from), from);
    else if (serve) await serveStudents(folder, { rounds, serveOn, devices }, console, add);
    else {
      const latency = await measureStudents(folder, {
        rounds,
        progress: console.progress,
        signal: console.signal,
      });
      if (device === undefined) await folder.setLatency(latency);
      else await folder.addDevice({ device, latency });
    }
    const { page } = await writeResults(folder);
    console.print(`Report: ${page}`);
    return { folder: path, report: page };
  },
});

/** Devices that open the address measure the students; each that has finished is added, and the report written again. */
async function serveStudents(
  folder: RunFolder,
  { rounds, serveOn, devices }: { rounds: number; serveOn: string; devices: number | undefined },
  console: Console,
  add: (report: LatencyReport, where: string) => Promise<void>,
): Promise<void> {
  const models = [];
  for (const { name, file } of await folder.students())
    models.push(await measurableModel(folder.file(file), { name }));
  await serveBench({
    models,
    protocol: { ...DEFAULT_PROTOCOL, rounds },
    serveOn,
    devices,
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
