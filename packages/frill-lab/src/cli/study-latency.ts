/** `frill study latency`: the latency of a study's students, measured again here, or taken from where it was measured. */
import { readFile } from 'node:fs/promises';
import { InputError } from 'frill-audio';
import { z } from 'zod';
import { DEFAULT_PROTOCOL } from '../bench/latency-protocol.js';
import { type LatencyReport, latencyReportSchema } from '../bench/latency-report.js';
import { contentName } from '../run/content-name.js';
import { readJson } from '../run/json-file.js';
import { deviceFrontiers, deviceName } from '../study/device-frontiers.js';
import { type MatchedLatency, matchStudents } from '../study/device-latency.js';
import { writeResults } from '../study/runner/results.js';
import { RunFolder } from '../study/runner/run-folder.js';
import { newestRun } from '../study/runner/status.js';
import { measureStudents } from '../study/runner/steps/measure-students.js';
import { defineCommand } from './command.js';
import { engineForLatency } from './engine-option.js';

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
        'Take latencies from a file that `frill bench --json` wrote on another device, instead of measuring here.',
      ),
    device: z
      .string()
      .optional()
      .describe(
        "Name of the device in the report. Without it, a measurement made here replaces the study's own.",
      ),
    engine: engineForLatency,
    rounds: z
      .int()
      .min(2)
      .default(DEFAULT_PROTOCOL.rounds)
      .describe('Rounds. Each round measures every model once, in a new order.'),
  }),
  example: 'frill study latency --out runs/study --from pixel.json --device "Pixel 8, Chrome"',
  async run({ out, from, device, engine, rounds }, console) {
    const path = out ?? (await newestRun('results'));
    const folder = new RunFolder(path);
    if (from !== undefined) {
      const report = await readJson(from, (value) => latencyReportSchema.parse(value), {
        what: 'this file is not a latency measurement',
        remedy: 'Give a file that frill bench --json wrote',
      });
      const { latency, missing } = await matched(folder, report, from);
      await folder.addDevice({ device: device ?? deviceName(report), latency });
      if (missing.length > 0) console.print(`These students are not in the file: ${missing.join(', ')}`);
    } else {
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

async function matched(folder: RunFolder, report: LatencyReport, where: string): Promise<MatchedLatency> {
  const students = [];
  for (const { name, file } of await folder.students())
    students.push({ name, content: contentName(await readFile(folder.file(file))) });
  if (students.length === 0)
    throw new InputError({
      what: 'this study has no students yet',
      where: folder.path,
      remedy: 'Give --out with the folder of a study whose students are trained',
    });
  return matchStudents(report, students, where);
}
