/** Gathers what a run has left in its folder as results.json, and writes the report from that; also while the run goes on. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { InputError } from 'frill-audio';
import { describeDevice } from '../../bench/device.js';
import { VERSION } from '../../run/version.js';
import type { AnalysisOptions } from '../analysis.js';
import { withoutPassword } from '../machines/queued-jobs.js';
import { type StudyResults, studyResultsSchema } from '../records.js';
import { type WrittenReport, writeReport } from '../report/write-report.js';
import { compareForecast } from './forecast/forecast-record.js';
import type { RunFolder } from './run-folder.js';
import { totals } from './steps/stages.js';
import { readStart, START } from './steps/start.js';
import { teacherBytes } from './steps/teacher.js';
import type { StudyOptions } from './study-options.js';

/** What a run knows of its corpus; written when it is prepared. */
export interface CorpusFacts {
  readonly name: string;
  readonly clips: number;
  readonly windows: number;
  readonly targetWidth: number;
}

/** Gathers what the folder holds, writes results.json and report/. Throws InputError when nothing was evaluated yet. */
export async function writeResults(
  folder: RunFolder,
  options: AnalysisOptions = {},
): Promise<WrittenReport & { readonly results: StudyResults }> {
  const results = await gatherResults(folder);
  await folder.writeJson('results.json', results);
  return { results, ...(await writeReport(results, folder.file('report'), options)) };
}

async function gatherResults(folder: RunFolder): Promise<StudyResults> {
  const run = await folder.run();
  const latency = await folder.latency();
  const students = await folder.students();
  const representations = await folder.representations();
  if (!run || students.length + representations.length === 0)
    throw new InputError({
      what: run ? 'nothing was evaluated yet, so there is nothing to report' : 'there is no study here',
      where: folder.path,
      remedy: run
        ? `The same command goes on: ${run.command}`
        : 'Start one with frill study run, or name its folder with --out',
    });
  const facts: CorpusFacts = JSON.parse(await readFile(folder.file('corpus.json'), 'utf8'));
  const teacher = representations.find(({ role }) => role === 'teacher');
  // A teacher in a file has a size, also where the run was recorded without it.
  const bytes = await teacherBytes(run.options);
  const teacherSize = bytes === undefined ? {} : { bytes };
  const history = await folder.sessions();
  const {
    tasks: _tasks,
    out: _out,
    cache: _cache,
    latencyFrom: _from,
    queue: _queue,
    ...options
  } = run.options;
  return studyResultsSchema.parse({
    format: 1,
    title: `${titleNumber(students.length)} of ${teacher?.name === 'trill' ? 'TRILL' : (teacher?.name ?? 'a teacher')}`,
    provenance: {
      // A report may be shown to anybody.
      command: withoutPassword(run.command),
      started: run.started,
      // Of the run, which may be reported again later, and elsewhere.
      finished: history.at(-1)?.lastSeen ?? new Date().toISOString(),
      seconds: history.reduce((sum, { seconds }) => sum + seconds, 0),
      sessions: history.length,
      seed: run.options.seed,
      options,
      // Where the study ran; its latency may be that of a phone.
      device: latency?.device.node === undefined ? describeDevice() : latency.device,
      version: VERSION,
    },
    corpus: facts,
    representations: representations.map((item) => ({
      ...item,
      ...(item.role === 'teacher' ? teacherSize : {}),
    })),
    start: await startOf(folder, run.options),
    students,
    latency,
    otherDevices: await folder.otherDevices(),
    failures: await folder.failures(),
    stages: totals(await folder.stages()),
    history,
    forecast: compareForecast(await folder.forecasts(), students, await folder.studentsBytes()),
  });
}

async function startOf(folder: RunFolder, options: StudyOptions): Promise<StudyResults['start']> {
  const start = await readStart(folder.file(START), options);
  if (!start) return undefined;
  const { steps, batch } = start.options;
  return {
    name: basename(options.startFrom ?? ''),
    student: start.name,
    ...(typeof steps === 'number' && typeof batch === 'number' ? { windows: steps * batch } : {}),
  };
}

const NUMBERS = [
  'No',
  'One',
  'Two',
  'Three',
  'Four',
  'Five',
  'Six',
  'Seven',
  'Eight',
  'Nine',
  'Ten',
  'Eleven',
  'Twelve',
];

/** `Eight students`, `144 students`, `One student`. */
function titleNumber(students: number): string {
  return `${NUMBERS[students] ?? students} student${students === 1 ? '' : 's'}`;
}
