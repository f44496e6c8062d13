/** `frill study run|status|report`: the whole way from audio to a report, resumable. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from 'frill';
import { z } from 'zod';
import { studentName } from '../models/student-config.js';
import { chooseStudents } from '../study/grid.js';
import { headline } from '../study/report/headline.js';
import { writeResults } from '../study/runner/results.js';
import { RunFolder } from '../study/runner/run-folder.js';
import { runStudy } from '../study/runner/run-study.js';
import { studyOptionsSchema } from '../study/runner/study-options.js';
import { defineCommand } from './command.js';
import { duration } from './console.js';

export const studyRun = defineCommand({
  name: 'study run',
  summary: 'Distil, export, measure and compare students; the same command goes on where one stopped',
  options: studyOptionsSchema,
  example: 'frill study run --tasks examples/real-audio/tasks.json --students small-2-gap,tiny-1-gap',
  async run(options, console) {
    const outcome = await runStudy({
      options,
      command: ['frill', ...process.argv.slice(2)].join(' '),
      progress: console.progress,
      signal: console.signal,
    });
    console.print('');
    console.print(outcome.found);
    console.print(`Report: ${outcome.report}`);
    return outcome;
  },
});

const folderOption = z
  .string()
  .optional()
  .describe('folder of the run; the one used last in runs/ by default');

export const studyStatus = defineCommand({
  name: 'study status',
  summary: 'Which students of a run are done, running, failed or waiting, and how long it will take',
  options: z.object({ out: folderOption }),
  example: 'frill study status --out runs/study',
  async run({ out }, console) {
    const folder = new RunFolder(out ?? (await latestRun()));
    const run = await folder.run();
    if (!run) throw noStudy(folder.path);
    const wanted = chooseStudents(run.options.students).map(studentName);
    const done = (await folder.students()).map(({ name }) => name);
    const now = await readNow(folder);
    const running = Object.entries(now?.running ?? {});
    const failures = (await folder.failures()).filter(
      ({ student }) => !running.some(([name]) => name === student),
    );
    const known = new Set([
      ...done,
      ...running.map(([name]) => name),
      ...failures.map(({ student }) => student),
    ]);
    const waiting = wanted.filter((name) => !known.has(name));
    console.print(
      `${folder.path}: ${done.length} done, ${running.length} running, ${failures.length} failed, ${waiting.length} waiting`,
    );
    for (const [name, { fraction, note }] of running)
      console.print(`  running  ${name} ${(100 * fraction).toFixed(0)} % ${note}`);
    for (const { student, reason } of failures)
      console.print(`  failed   ${student}: ${reason.split('\n')[0]}`);
    if (waiting.length > 0) console.print(`  waiting  ${waiting.join(', ')}`);
    if (now) console.print(`about ${duration(now.secondsLeft)} left for the students`);
    return {
      folder: folder.path,
      done,
      running: running.map(([name]) => name),
      failures,
      waiting,
      secondsLeft: now?.secondsLeft,
    };
  },
});

export const studyReport = defineCommand({
  name: 'study report',
  summary: 'Write the report of a run again, also of one that is not finished',
  options: z.object({ out: folderOption }),
  example: 'frill study report --out runs/study',
  async run({ out }, console) {
    const folder = new RunFolder(out ?? (await latestRun()));
    if (!(await folder.run())) throw noStudy(folder.path);
    const { page, results, analysis } = await writeResults(folder);
    const { summary } = headline(results, analysis);
    console.print(summary);
    console.print(`Report: ${page}`);
    return { report: page, found: summary };
  },
});

const nowSchema = z.object({
  at: z.string(),
  running: z.record(z.string(), z.object({ fraction: z.number(), note: z.string() })),
  secondsLeft: z.number(),
});

/** A heartbeat older than this is that of a run that ended. */
const STALE_MS = 20_000;

/** What the run is doing at the moment; undefined when none is. */
async function readNow(folder: RunFolder): Promise<z.infer<typeof nowSchema> | undefined> {
  const text = await readFile(folder.file('now.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const now = nowSchema.parse(JSON.parse(text));
  return Date.now() - Date.parse(now.at) < STALE_MS ? now : undefined;
}

async function latestRun(): Promise<string> {
  const names = await readdir('runs').catch(() => []);
  const found = [];
  for (const name of names) {
    const path = join('runs', name);
    const sessions = await stat(join(path, 'sessions.jsonl')).catch(() => undefined);
    if (sessions) found.push({ path, at: sessions.mtimeMs });
  }
  const latest = found.sort((a, b) => b.at - a.at)[0];
  if (!latest) throw noStudy('runs');
  return latest.path;
}

function noStudy(where: string): InputError {
  return new InputError({ what: 'there is no study here', where, remedy: 'Start one with frill study run' });
}
