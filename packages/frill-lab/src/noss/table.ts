/**
 * An evaluation as markdown, for people. What was asked for beside the scores comes first and the scores come last, where an eye on a
 * terminal finds them.
 */
import type { Interval } from '../statistics/bootstrap.js';
import { percent } from '../text/format.js';
import { sheetMarkdown } from '../text/sheet.js';
import { CLEAN } from './conditions/condition.js';
import { headsTables } from './heads-tables.js';
import type { Evaluation, RepresentationResult } from './results-file.js';
import { METRICS } from './score.js';
import type { TaskResult } from './task-result.js';

/** Tables that are printed when they are asked for: scores to choose models by, and the optimistic ones of published tables. */
export const MORE_TABLES = ['validation', 'best-on-test'] as const;
export type MoreTables = (typeof MORE_TABLES)[number];

/** `[48.0, 61.9]`, or of how few speakers the test clips are. */
export function intervalOf(interval: Interval | undefined, { predictions }: TaskResult): string {
  const count = new Set(predictions.map(({ speaker }) => speaker)).size;
  return interval
    ? `[${interval.map(percent).join(', ')}]`
    : `[${count === 1 ? 'one speaker' : `${count} speakers`}]`;
}

/** `55.1 [48.0, 61.9]`. */
export function scoreWithInterval(task: TaskResult): string {
  return `${percent(task.score)} ${intervalOf(task.interval, task)}`;
}

/** What is said of intervals, below every table that has them. */
export function aboutIntervals(tasks: readonly TaskResult[]): string {
  const drawn = [...new Set(tasks.map(({ resampled }) => resampled))].join(' or ');
  const few = tasks.some(({ interval }) => interval === undefined)
    ? ' Where the test clips are of one or two speakers there is no interval, since they say nothing of other speakers.'
    : '';
  return `In brackets: 95 % intervals by bootstrap over ${drawn}.${few}`;
}

export function toMarkdown(evaluation: Evaluation, more: readonly MoreTables[] = []): string {
  const { representations } = evaluation;
  const tasks = representations[0]?.tasks ?? [];
  return [
    ...(more.includes('best-on-test') ? bestOnTest(representations, tasks) : []),
    ...(more.includes('validation') ? validation(representations, tasks) : []),
    ...fewShotTables(representations, tasks),
    ...fewShotMeans(representations, tasks),
    ...headsTables(representations, tasks),
    ...conditionsTable(representations, tasks),
    ...findings(evaluation),
    `The probe is chosen on validation clips and scored once on test clips. ${aboutIntervals(tasks)}`,
    '',
    ...sheet(
      headerOf(tasks, 'mean'),
      representations.map(({ name, tasks: own, summary }) => [
        name,
        ...own.map(scoreWithInterval),
        percent(summary.score),
      ]),
      ['chance', ...tasks.map(({ chance }) => percent(chance)), ''],
    ),
  ].join('\n');
}

function bestOnTest(representations: readonly RepresentationResult[], tasks: readonly TaskResult[]) {
  return [
    'Best of all probes on test, as published tables have it (optimistic):',
    '',
    ...sheet(
      headerOf(tasks),
      representations.map(({ name, tasks: own }) => [
        name,
        ...own.map(({ bestOnTest }) => percent(bestOnTest)),
      ]),
    ),
    '',
  ];
}

function validation(representations: readonly RepresentationResult[], tasks: readonly TaskResult[]) {
  return [
    'Scores of the chosen probe on validation clips, to choose models by (test clips are not looked at):',
    '',
    ...sheet(
      headerOf(tasks, 'mean'),
      representations.map(({ name, tasks: own, summary }) => [
        name,
        ...own.map((task) => percent(task.validation)),
        percent(summary.validation),
      ]),
    ),
    '',
  ];
}

function fewShotTables(representations: readonly RepresentationResult[], tasks: readonly TaskResult[]) {
  return tasks.flatMap((task, index) => {
    if (task.fewShot.length === 0) return [];
    return [
      `Few-shot, ${task.title} (${METRICS[task.metric].title}, mean ± deviation over ${task.fewShot[0].draws} draws):`,
      '',
      ...sheet(
        ['%', ...task.fewShot.map(({ examples }) => `${examples} a class`)],
        representations.map(({ name, tasks: own }) => [
          name,
          ...own[index].fewShot.map(({ mean, deviation }) => `${percent(mean)} ± ${percent(deviation)}`),
        ]),
      ),
      '',
    ];
  });
}

function fewShotMeans(representations: readonly RepresentationResult[], tasks: readonly TaskResult[]) {
  const sizes = representations[0]?.summary.fewShot ?? [];
  if (sizes.length === 0) return [];
  return [
    'Few-shot, mean over the tasks whose classes have as many clips to learn from:',
    '',
    ...sheet(
      [
        '%',
        ...sizes.map((size) =>
          size.tasks === tasks.length
            ? `${size.examples} a class`
            : `${size.examples} a class (${size.tasks} of ${tasks.length} tasks)`,
        ),
      ],
      representations.map(({ name, summary }) => [name, ...summary.fewShot.map(({ mean }) => percent(mean))]),
    ),
    '',
  ];
}

function conditionsTable(representations: readonly RepresentationResult[], tasks: readonly TaskResult[]) {
  const conditions = tasks[0]?.conditions ?? [];
  if (conditions.length === 0) return [];
  const lost = (score: number, drop: number) => `${percent(score)} (${percent(-drop)})`;
  return [
    'Test clips changed, and in brackets what that costs. The probe learned from clips as they are.',
    '',
    ...conditions.map(({ condition, title }) => `- ${condition}: ${title}`),
    '',
    ...sheet(
      headerOf(tasks, 'mean'),
      representations.flatMap(({ name, tasks: own, summary }) => [
        [`${name}, ${CLEAN}`, ...own.map(({ score }) => percent(score)), percent(summary.score)],
        ...conditions.map(({ condition }, place) => [
          `${name}, ${condition}`,
          ...own.map((task) => lost(task.conditions[place].score, task.conditions[place].drop)),
          lost(summary.conditions[place].score, summary.conditions[place].drop),
        ]),
      ]),
    ),
    '',
  ];
}

/** Each finding once; all representations see the same clips. */
function findings({ warnings, representations }: Evaluation): string[] {
  const ofTasks = (representations[0]?.tasks ?? []).flatMap(({ task, findings }) =>
    findings.map((finding) => `${task}: ${finding}`),
  );
  const lines = [...warnings, ...ofTasks].map((line) => `- ${line}`);
  return lines.length === 0 ? [] : ['What was found in the data:', '', ...lines, ''];
}

function headerOf(tasks: readonly TaskResult[], ...more: readonly string[]): string[] {
  return ['%', ...tasks.map(({ title, metric }) => `${title} (${METRICS[metric].title})`), ...more];
}

function sheet(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  ...last: readonly string[][]
) {
  return [sheetMarkdown({ columns, rows: [...rows, ...last] })];
}
