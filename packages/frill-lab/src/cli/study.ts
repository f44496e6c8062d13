/** `frill study run|status|report`: the whole way from audio to a report, resumable. */
import { z } from 'zod';
import { chooseInteractions } from '../study/interactions.js';
import { headline } from '../study/report/headline.js';
import { publishReport } from '../study/report/publish.js';
import { resumptions } from '../study/runner/log.js';
import { writeResults } from '../study/runner/results.js';
import { RunFolder } from '../study/runner/run-folder.js';
import { runStudy } from '../study/runner/run-study.js';
import {
  newestRun,
  type PartlyMade,
  studyStatus as readStatus,
  type StudyStatus,
} from '../study/runner/status.js';
import { studyOptionsSchema } from '../study/runner/study-options.js';
import { defineCommand } from './command.js';
import { duration } from './console.js';

export const studyRun = defineCommand({
  name: 'study run',
  summary: 'Train, export, measure and compare students, or resume a study',
  options: studyOptionsSchema,
  groups: {
    'What is studied': ['tasks', 'teacher', 'startFrom', 'students', 'out', 'cache'],
    Training: [
      'steps',
      'batch',
      'learningRate',
      'teacherSteps',
      'windowsPerClip',
      'workers',
      'device',
      'seed',
    ],
    'Many machines': ['queue', 'serveOn', 'share'],
    'Evaluation and latency': ['hop', 'rounds', 'engine', 'latencyFrom', 'strict'],
  },
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
  .describe('Folder of the study. By default the one in runs/ that was used last and has results.');

export const studyStatus = defineCommand({
  name: 'study status',
  summary: 'Show which students are done, and how long the others will take',
  options: z.object({ out: folderOption }),
  example: 'frill study status --out runs/study',
  async run({ out }, console) {
    const status = await readStatus(out ?? (await newestRun('live')));
    for (const line of statusLines(status)) console.print(line);
    return status;
  },
});

function statusLines(status: StudyStatus): string[] {
  const {
    folder,
    state,
    command,
    stages,
    done,
    running,
    stopped,
    failures,
    waiting,
    machines,
    secondsLeft,
    latency,
  } = status;
  const counts = [
    [done.length, 'done'],
    [running.length, 'running'],
    [stopped.length, 'stopped'],
    [failures.length, 'failed'],
    [waiting.length, 'waiting'],
  ] as const;
  const students = counts.flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : []));
  const partly = (what: string, { name, fraction, note }: PartlyMade) =>
    `  ${what} ${name} ${(100 * fraction).toFixed(0)} % ${note}`.trimEnd();
  return [
    `${folder} (${state}): students ${students.join(', ')}`,
    ...running.map((student) => partly('running ', student)),
    ...stopped.map((student) => partly('stopped ', student)),
    ...failures.map(({ student, reason }) => `  failed   ${student}: ${reason.split('\n')[0]}`),
    ...machines.map(machineLine),
    ...(waiting.length > 0 ? [`  waiting  ${some(waiting)}`] : []),
    ...(secondsLeft === undefined ? [] : [`The students will take about ${duration(secondsLeft)} more.`]),
    ...(latency ? [`Latency: ${latency.made} of about ${latency.of} measurements are made.`] : []),
    ...(state === 'stopped'
      ? [
          `The study was stopped. Finished stages: ${stages.join(', ') || 'none'}.`,
          `To resume it, run the same command: ${command}`,
        ]
      : []),
  ];
}

function machineLine({ machine, workers, running }: StudyStatus['machines'][number]): string {
  const made = Object.entries(running).map(
    ([name, { fraction }]) => `${name} ${(100 * fraction).toFixed(0)} %`,
  );
  return `  machine  ${machine} (${workers} side by side): ${made.join(', ') || 'waits for work'}`;
}

/** The first few of many names; `--json` has them all. */
function some(names: readonly string[]): string {
  const shown = names.slice(0, 8);
  const more = names.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

export const studyReport = defineCommand({
  name: 'study report',
  summary: 'Write the report of a study, finished or not, or publish it',
  options: z.object({
    out: folderOption,
    interactions: z
      .string()
      .optional()
      .describe(
        'Interactions of two choices to add to the regressions: all, or pairs such as width:gap,size:qat.',
      ),
    publish: z
      .string()
      .optional()
      .describe(
        'Also write a copy to publish into this folder: README.md, report, plots and CSV, without paths of this machine.',
      ),
  }),
  example: 'frill study report --out runs/study --publish docs/study/first',
  async run({ out, interactions, publish }, console) {
    const path = out ?? (await newestRun('results'));
    const folder = new RunFolder(path);
    const options = interactions === undefined ? {} : { interactions: chooseInteractions(interactions) };
    console.print(`${path}:`);
    const { page, results, analysis } = await writeResults(folder, options);
    const { summary } = headline(results, analysis);
    console.print(summary);
    console.print(`Report: ${page}`);
    const published = publish && (await publishReport(results, await resumptions(folder), publish, options));
    if (published) console.print(`Published: ${published}`);
    return { folder: path, report: page, found: summary, ...(published ? { published } : {}) };
  },
});
