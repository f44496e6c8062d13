/** Latencies of a study's students that were measured elsewhere: a file of frill bench, or what benchmark_model printed. */
import { readFile } from 'node:fs/promises';
import { InputError } from 'frill-audio';
import { isBenchmarkModelOutput, parseBenchmarkModelOutput } from '../../../bench/benchmark-model-output.js';
import { type LatencyReport, latencyReportSchema } from '../../../bench/latency-report.js';
import { contentName } from '../../../run/content-name.js';
import { readJson } from '../../../run/json-file.js';
import { readText } from '../../../text/decode-text.js';
import { type MatchedLatency, matchStudents } from '../../device-latency.js';
import type { RunFolder } from '../run-folder.js';

/** Throws InputError where the file is neither. */
export async function readMeasurement(file: string): Promise<LatencyReport> {
  const text = await readText(file).catch(() => '');
  if (isBenchmarkModelOutput(text)) return parseBenchmarkModelOutput(text, file);
  return readJson(file, (value) => latencyReportSchema.parse(value), {
    what: 'this is no measurement of latency',
    remedy: 'Give a file that frill bench --json or --serve wrote, or all that benchmark_model printed',
  });
}

/** The students' part of a measurement. Throws InputError where there are no students, or it is of none of them. */
export async function studentsOf(
  folder: RunFolder,
  report: LatencyReport,
  where: string,
): Promise<MatchedLatency> {
  const students = [];
  for (const { name, file } of await folder.students())
    students.push({ name, content: contentName(await readFile(folder.file(file))) });
  if (students.length === 0)
    throw new InputError({
      what: 'there are no students here yet',
      where: folder.path,
      remedy: 'Name the folder of a study that has made some with --out',
    });
  return matchStudents(report, students, where);
}
